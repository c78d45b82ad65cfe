/** What owner and buyer read when paid orders wait for a panel. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { createServiceWatchActivities } from '../../src/jobs/serviceWatch/activities';
import { createOutageNotices } from '../../src/activities/outageNotices';
import { createPanelCheck } from '../../src/activities/serviceChecks';
import { inActivity } from '../jobs/fakes';
import { setFaults } from '../support/buyer';
import { OWNER, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const AWAY = { type: 'hiddify:unreachable', code: 'ECONNRESET' };
const refundDueAt = '2026-11-29T09:00:00.000Z';

/** Words of the owner's messages of this test, oldest first. */
let told: () => Promise<string[]>;
beforeEach(async () => {
  await harness.pool.query(`TRUNCATE outages; UPDATE payments SET status = 'issued' WHERE status = 'delayed'`);
  await harness.pool.query(`UPDATE users SET language = 'ru' WHERE telegram_id = ${OWNER}`);
  const owner = createTelegramUser(harness.telegramUrl, OWNER);
  const messages = async () => (await owner.chat()).messages.filter(({ from }) => from === 'bot');
  const before = (await messages()).length;
  told = async () => (await messages()).slice(before).map(({ text }) => text ?? '');
});

async function delayed(reason = 'panel-unavailable') {
  const buyer = await harness.buyer();
  const { id: paymentId } = await harness.paid(buyer);
  await harness.run('recordStatus', { paymentId, status: 'delayed', reason, refundDueAt });
  await harness.run('refreshPaymentScreen', { paymentId });
  return { buyer, paymentId };
}

describe('three orders wait for a panel that is away', () => {
  it('the owner has one message, in their language and time, which names all three; and one at the end', async () => {
    const orders = [await delayed(), await delayed(), await delayed()];
    await setFaults(harness.panels[0]!.url, { down: true });
    // At the same time, as on two workers.
    const outcomes = await Promise.allSettled(
      orders.map(({ paymentId }) => harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })),
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'NotYet' });
    for (const { paymentId } of orders)
      expect(await harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })).toEqual({ told: true });
    expect(await told()).toHaveLength(1);

    let at = Date.now();
    const clocked = { ...harness.dependencies, now: () => new Date(at) };
    const owners = { ...clocked, adminIds: [OWNER] };
    const { main } = createServiceWatchActivities({
      ...clocked,
      checkPanel: createPanelCheck(clocked),
      tellOutage: createOutageNotices(owners),
    });
    const watch = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 2) {
        await inActivity(() => main.checkServices());
        await inActivity(() => main.tellOutages());
        at += 120_000;
      }
    };
    await watch(10);
    const [notice, ...others] = await told();
    expect(others).toEqual([]);
    expect(notice).toContain('Панель Amsterdam 1 (Нидерланды): не отвечает');
    expect(notice).toContain('Её ждут 3 оплаченных заказа');
    for (const { paymentId } of orders) expect(notice).toContain(paymentId.slice(0, 8));
    expect(notice).toContain('деньги вернутся сами 29 ноября в 12:00');

    const { buyer, paymentId } = orders[0]!;
    await harness.run('refreshPaymentScreen', { paymentId });
    expect((await buyer.lastMessage())!.text).toContain('owner has been told');

    await setFaults(harness.panels[0]!.url, { down: false });
    for (const order of orders) await harness.run('deliverSubscription', { paymentId: order.paymentId });
    await watch(8);
    expect(await told()).toEqual([
      expect.stringContaining('снова отвечает'),
      expect.stringContaining('снова отвечает'),
    ]);
  });
});

describe('an outage of a panel that then answers and refuses', () => {
  const WRONG_KEY = "panel_api_key = '00000000-0000-4000-8000-000000000000'";
  const WRONG_PATH = "panel_admin_url = regexp_replace(panel_admin_url, '[^/]+/?$', 'nothingHere')";
  it.each([
    [
      'is full',
      null,
      'full',
      /не выдаёт новых ключей.*лимит пользователей или трафика: поднимите/s,
      'no room for a new key',
    ],
    [
      'the key is wrong',
      WRONG_KEY,
      'auth',
      /магазину отказано.*Ключ не подходит: впишите верный/s,
      'not accept the shop',
    ],
    ['the path is wrong', WRONG_PATH, 'path', /магазину отказано.*отвечает не панель/s, 'not accept the shop'],
  ])('%s: the one notice says so instead, and the buyer reads it', async (_name, change, code, owner, buyers) => {
    const { buyer, paymentId } = await delayed();
    const panel = harness.panels[0]!.url;
    await setFaults(panel, { down: true });
    expect(await harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })).toEqual({ told: true });
    expect(await told()).toEqual([expect.stringContaining('не отвечает')]);
    expect((await buyer.lastMessage())!.text).toContain('the server does not answer');

    const { rows: before } = await harness.pool.query(
      `SELECT panel_api_key, panel_admin_url FROM servers WHERE code = 'nl-1'`,
    );
    await setFaults(panel, { down: false });
    if (change !== null) await harness.pool.query(`UPDATE servers SET ${change} WHERE code = 'nl-1'`);
    try {
      const reason = code === 'full' ? 'panel-full' : 'panel-refuses';
      await harness.run('recordStatus', { paymentId, status: 'delayed', reason, refundDueAt });
      const failure = { type: 'hiddify:refused', code };
      expect(await harness.run('tellOwnerOfDelay', { paymentId, failure, refundDueAt })).toEqual({ told: true });
      await harness.run('refreshPaymentScreen', { paymentId });
      const [notice, ...others] = await told();
      expect(others).toEqual([]);
      expect(notice).toMatch(owner);
      expect(notice).not.toContain('не отвечает');
      expect(notice).toContain(paymentId.slice(0, 8));
      const { text } = (await buyer.lastMessage())!;
      expect(text).toContain(buyers);
      expect(text).not.toContain('does not answer');
      expect(text).toContain('owner has been told');
    } finally {
      const { panel_api_key, panel_admin_url } = before[0] as Record<string, string>;
      await harness.pool.query(`UPDATE servers SET panel_api_key = $1, panel_admin_url = $2 WHERE code = 'nl-1'`, [
        panel_api_key,
        panel_admin_url,
      ]);
    }
  });
});

describe('a link that was made before its server went away', () => {
  it('says so from the next time that it is drawn, as the sale does, until the server is back', async () => {
    const { outages } = harness.dependencies;
    const nl1 = { service: 'hiddify', serverCode: 'nl-1' } as const;
    const buyer = await harness.buyer();
    const { id: paymentId } = await harness.open(buyer);
    await harness.run('createPayment', { paymentId });
    const shown = async () => {
      await harness.run('refreshPaymentScreen', { paymentId });
      return (await buyer.lastMessage())!.text!;
    };
    const warning = /This server does not answer right now\. If you pay, the key comes by itself/;
    expect(await shown()).not.toMatch(warning);
    await outages.failed(nl1, { kind: 'away', reason: 'hiddify ping: ECONNREFUSED', code: null }, new Date());
    expect(await shown()).toMatch(warning);
    await harness.run('recordStatus', { paymentId, status: 'guarding', reason: null });
    expect(await shown()).toMatch(warning);
    await outages.answered(nl1, new Date(), 0);
    expect(await shown()).not.toMatch(warning);
  });
});

describe('a panel that answers', () => {
  it('and takes no new accounts: told at once, with what to do', async () => {
    const { paymentId } = await delayed('panel-full');
    const failure = { type: 'hiddify:refused', code: 'full' };
    expect(await harness.run('tellOwnerOfDelay', { paymentId, failure, refundDueAt })).toEqual({ told: true });
    expect(await told()).toEqual([expect.stringMatching(/не выдаёт новых ключей.*лимит пользователей/s)]);
  });

  it('and refuses the account of this order alone: told of the order, and no outage', async () => {
    const { paymentId } = await delayed('panel-refuses');
    const failure = { type: 'hiddify:refused', code: 'hidden' };
    expect(await harness.run('tellOwnerOfDelay', { paymentId, failure, refundDueAt })).toEqual({ told: true });
    expect(await told()).toEqual([expect.stringMatching(/отказывает этому одному заказу.*29 ноября 2026/s)]);
    // Tried again and refused in the same words.
    for (let attempt = 0; attempt < 2; attempt += 1)
      await harness.runAs('again', 'tellOwnerOfDelay', { paymentId, failure, refundDueAt });
    expect(await told()).toHaveLength(2);
    const { rows } = await harness.pool.query('SELECT 1 FROM outages');
    expect(rows).toEqual([]);
  });

  it('or did until an operator said that it is gone for good: nobody is told of an outage', async () => {
    const { paymentId } = await delayed();
    await setFaults(harness.panels[0]!.url, { down: true });
    await harness.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      expect(await harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })).toEqual({ told: false });
      expect(await told()).toEqual([]);
      const { rows } = await harness.pool.query('SELECT 1 FROM outages');
      expect(rows).toEqual([]);
    } finally {
      await harness.pool.query('UPDATE servers SET gone_at = NULL');
      await setFaults(harness.panels[0]!.url, { down: false });
    }
  });

  it('again, after a hiccup: nobody is told while the key may come in a moment, and nobody of what is delivered', async () => {
    const { paymentId } = await delayed();
    await expect(harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })).rejects.toMatchObject({
      type: 'NotYet',
    });
    await harness.run('deliverSubscription', { paymentId });
    expect(await harness.run('tellOwnerOfDelay', { paymentId, failure: AWAY, refundDueAt })).toEqual({ told: false });
    expect(await told()).toEqual([]);
  });
});
