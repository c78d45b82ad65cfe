/**
 * People of the simulated shop: they pay at YooKassa, block the bot, come back; and what somebody breaks on a panel.
 */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { createPaymentsRepository } from '../../src/storage/postgres/payments';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { createPaymentActivities } from '../../src/worker/activities';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { createWorkerDependencies } from '../../src/worker/dependencies';
import { unusedRedis } from '../support/redis';
import type { Act, Mischief, Person, Purchase } from './plan';
import { PRICE, type SimulatedShop } from './services';

const json = { method: 'POST', headers: { 'content-type': 'application/json' } };

export function createPeople(shop: SimulatedShop) {
  const { pool } = shop;
  const payments = createPaymentsRepository(pool);
  const users = createUsersRepository(pool);
  const activities = createPaymentActivities(
    createWorkerDependencies({
      settings: shop.settings,
      pool,
      redis: unusedRedis(),
      cacheInvalidation: NO_CACHE_INVALIDATION,
      now: shop.now,
    }),
  );
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR', () => undefined) }).run(
      work,
    ) as Promise<T>;
  const phone = ({ id, language }: Person) => createTelegramUser(shop.telegramUrl, id, { languageCode: language });
  const upsertUser = ({ id, language }: Person) =>
    users.upsert({ telegramId: id, firstName: `P${id}`, username: null, language });

  async function pay(person: Person, act: Purchase): Promise<void> {
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM subscriptions WHERE user_id = $1', [person.id]);
    const renews = act.does === 'renew' ? rows[0]!.id : null;
    const opened = await payments.open({
      way: { provider: 'yookassa', currency: 'RUB' },
      paymentId: randomUUID(),
      userId: person.id,
      chatId: person.id,
      screenMessageId: null,
      language: person.language,
      planCode: `p${act.days}`,
      days: act.days,
      trafficGb: null,
      priceKopecks: PRICE,
      locationCode: `l${person.panel}`,
      serverCode: null,
      renewsSubscriptionId: renews,
      // While a panel is away, the order is opened as if the buyer had read so.
      saysTrouble: true,
    });
    if (opened.outcome !== 'created') throw new Error(`${person.id} could not order: ${opened.outcome}`);
    const { id } = opened.payment;
    await run(() => activities.createPayment({ paymentId: id }));
    const { providerRef } = (await payments.byId(id))!;
    const paid = await fetch(`${shop.yookassaUrl}/_sim/payments/${providerRef}/pay`, { ...json, body: '{}' });
    if (!paid.ok) throw new Error(`${person.id} could not pay: ${paid.status} ${await paid.text()}`);
    await run(() => activities.recordPaid({ paymentId: id }));
    // While the panel is away the payment is left as a dead worker would leave it: reconciliation finds it without a
    // workflow.
    if (act.fate === undefined) await run(() => activities.deliverSubscription({ paymentId: id }));
  }

  async function arrive(person: Person): Promise<void> {
    await phone(person).start();
    await upsertUser(person);
    await pool.query('UPDATE users SET time_zone = $2 WHERE telegram_id = $1', [person.id, person.timeZone]);
  }

  return {
    async act(person: Person, act: Act): Promise<void> {
      switch (act.does) {
        case 'block':
          return phone(person).block();
        case 'return':
          await phone(person).start();
          await upsertUser(person);
          return;
        case 'buy':
          await arrive(person);
          return pay(person, act);
        case 'renew':
          return pay(person, act);
      }
    },
    async mischief({ panel, does, pick }: Mischief): Promise<void> {
      const { adminUrl, apiKey, url } = shop.panels[panel]!;
      const headers = { 'Hiddify-API-Key': apiKey, 'content-type': 'application/json', accept: 'application/json' };
      const call = async (method: string, path: string, body?: object) => {
        const answer = await fetch(`${adminUrl}/api/v2/admin/user/${path}`, {
          method,
          headers,
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        if (!answer.ok)
          throw new Error(`the administrator of panel ${panel}: ${method} ${answer.status} ${await answer.text()}`);
      };
      if (does === 'stranger')
        return call('POST', '', {
          uuid: randomUUID(),
          name: 'Vasya',
          comment: 'paid cash',
          package_days: 3_000,
          usage_limit_GB: 5,
          start_date: '2027-01-01',
          enable: pick < 0.5,
        });
      const shown = (await (await fetch(`${url}/_sim/users`)).json()) as {
        uuid: string;
        enable: boolean;
        comment: string | null;
      }[];
      const ours = shown
        .filter(({ enable, comment }) => enable && comment?.startsWith('gigabridge:'))
        .map(({ uuid }) => uuid)
        .toSorted();
      if (ours.length === 0) return;
      const one = ours[Math.floor(pick * ours.length)]!;
      if (does === 'delete') return call('DELETE', `${one}/`);
      if (does === 'disable') return call('PATCH', `${one}/`, { enable: false });
      if (does === 'shorten') return call('PATCH', `${one}/`, { package_days: 1, start_date: '2026-12-01' });
      for (const uuid of ours.slice(0, Math.ceil(pick * ours.length)))
        await call('PATCH', `${uuid}/`, { enable: false });
    },
  };
}
