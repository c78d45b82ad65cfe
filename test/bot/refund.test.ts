/**
 * Refunds in the chat: by the buyer within the shop's rule, and what an admin reads and decides about a payment.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import type { Payment } from '../../src/domain/payment';
import { createSubscriptionsRepository } from '../../src/storage/postgres/subscriptions';
import { freshIds, goodwillRefund } from '../storage/postgres/shopDatabase';
import { waitUntil } from '../support/wait';
import { ADMIN_ID, openShop, startedOwner, type Shop } from './botHarness';

let shop: Shop;
let admin: TelegramUser;
let nextId = 5_000;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot({ BUYER_REFUND_WITHIN: '24h', TEMPORAL_UI_URL: 'http://localhost:8233' });
  admin = await startedOwner(shop);
});
afterAll(() => shop?.close());
beforeEach(() => {
  shop.refunds.requests.length = 0;
  shop.refunds.away = false;
  shop.workflows.calls.length = 0;
});

/** Somebody with a delivered subscription. */
async function customer(): Promise<{ person: TelegramUser; payment: Payment }> {
  const person = shop.buyer((nextId += 1), { firstName: 'Ann', languageCode: 'en' });
  await person.start();
  await person.waitFor('Hello');
  const { id } = await shop.order(person, { serverCode: 'nl-2' });
  await shop.payments.recordLink(id, { providerRef: randomUUID(), confirmationUrl: null, payableUntil: new Date() });
  const ids = freshIds();
  await shop.payments.recordPaid(id, ids, new Date());
  await shop.payments.recordDelivered(id, (await createSubscriptionsRepository(shop.pool).byId(ids.subscriptionId))!);
  return { person, payment: (await shop.payments.byId(id))! };
}

const openCard = async (person: TelegramUser): Promise<void> => {
  await person.send('/subscriptions');
  await person.waitFor('My subscriptions');
  await person.click('🇳🇱 Netherlands · 30 days left');
  await person.waitFor('The key, press to copy');
};
/** Waits until the last pressed button has said so. */
const alerted = (person: TelegramUser, words: string) =>
  waitUntil(async () => (await person.chat()).callbackAnswers.at(-1)?.text?.includes(words), {
    what: `the alert "${words}"`,
  });
const labels = async (person: TelegramUser) => {
  const markup = (await person.lastMessage())?.replyMarkup;
  return markup && 'inline_keyboard' in markup ? markup.inline_keyboard.flat().map(({ text }) => text) : [];
};

describe('what a subscription is made of', () => {
  it('says what was bought, and what a refund took of it', async () => {
    const { person, payment } = await customer();
    await goodwillRefund(shop.payments, payment.id, { kopecks: 5_000, askedBy: 'operator:900' });
    await person.send('/subscriptions');
    await person.waitFor('My subscriptions');
    await person.click({ data: `v1:subscription:${payment.subscriptionId}` });
    await person.waitFor('The key, press to copy');
    await person.click('📖 What it is made of');
    const { text } = await person.waitFor('What this subscription is made of');
    expect(text).toMatch(/🛒 Bought on .*: 30 days, 100 GB, ₽299, order/);
    expect(text).toMatch(/a refund of ₽50 was decided; taken off: 5 days, 16 GB/);
    await person.click('⬅️ Back');
    await person.waitFor('The key, press to copy');
  });
});

describe('a buyer in a shop that allows it', () => {
  it('has their money back with two taps, and however often they tap it is one request', async () => {
    const { person, payment } = await customer();
    await openCard(person);
    await person.click('↩️ Money back');
    const question = await person.waitFor('Have the money for this subscription back?');
    const sure = { messageId: question.messageId, text: '↩️ Yes, return ₽299' };
    await Promise.all([person.click(sure), person.click(sure).catch(() => undefined)]);
    await waitUntil(() => shop.refunds.requests.length > 0, { what: 'the workflow has the request' });
    expect(new Set(shop.refunds.requests.map((request) => JSON.stringify(request)))).toEqual(
      new Set([JSON.stringify({ paymentId: payment.id, kopecks: null, askedBy: 'buyer', requestId: payment.id })]),
    );
  });

  it('is not offered it when the time is over, nor for another’s subscription by a forged button', async () => {
    const [{ person, payment }, { person: stranger }] = [await customer(), await customer()];
    await openCard(person);
    expect(await labels(person)).toContain('↩️ Money back');
    const { messageId } = (await stranger.lastMessage())!;
    await stranger.click({ messageId, data: `v1:refund-sure:${payment.id}` });
    await alerted(stranger, 'not yours');
    await shop.pool.query(`UPDATE payments SET delivered_at = now() - interval '25 hours' WHERE id = $1`, [payment.id]);
    await person.click('↩️ Money back');
    await alerted(person, 'is over');
    await openCard(person);
    expect(await labels(person)).not.toContain('↩️ Money back');
    expect(shop.refunds.requests.filter(({ paymentId }) => paymentId === payment.id)).toEqual([]);
  });

  it('is told when Temporal is away: nothing is half decided', async () => {
    const { person } = await customer();
    await openCard(person);
    await person.click('↩️ Money back');
    await person.waitFor('Have the money for this subscription back?');
    shop.refunds.away = true;
    await person.click('↩️ Yes, return ₽299');
    await alerted(person, 'does not answer');
  });
});

describe('an admin', () => {
  it('reads the figures, and the address of the Web UI where no button may have it', async () => {
    await admin.send('/admin');
    const { text } = await admin.waitFor('http://localhost:8233/namespaces/');
    expect(text).not.toContain('broke');
  });

  it('reads the timeline of a payment by its id, by YooKassa’s, and by the buyer’s', async () => {
    const { person, payment } = await customer();
    for (const id of [payment.id, payment.providerRef!]) {
      await admin.send(`/admin ${id}`);
      const { text } = await admin.waitFor(payment.id);
      expect(text).toContain('What happened (UTC)');
    }
    await admin.send(`/admin ${person.id}`);
    await admin.waitFor('Paid ₽299');
    await admin.click((await labels(admin)).find((label) => label.startsWith(payment.id.slice(0, 8)))!);
    await admin.waitFor(payment.id);
    await admin.send('/admin 424242424242');
    await admin.waitFor('Nothing was found');
  });

  it('reads in it what the buyer pressed since they looked for it, and nothing of before', async () => {
    const { person, payment } = await customer();
    await person.send('/support');
    await person.waitFor('Last order');
    const timelineSays = (pressed: boolean) =>
      waitUntil(
        async () => {
          const text = (await admin.lastMessage())?.text ?? '';
          return text.includes(payment.id) && /buyer +sends \/support/.test(text) === pressed;
        },
        { what: `a timeline ${pressed ? 'with' : 'without'} what was pressed` },
      );
    await admin.send(`/admin ${payment.id}`);
    await timelineSays(true);
    await shop.pool.query(`UPDATE payments SET created_at = now() + interval '1 hour' WHERE id = $1`, [payment.id]);
    await admin.send(`/admin ${payment.id}`);
    await timelineSays(false);
  });

  it('reads it by the order number that /support shows, however it is passed on', async () => {
    const { person, payment } = await customer();
    await person.send('/support');
    const { text } = await person.waitFor('Last order');
    const number = payment.id.slice(0, 8);
    expect(text).toContain(number);
    for (const words of [number, number.toUpperCase(), `№ ${number}`, `#${number}.`, `Заказ ${number}`, text!]) {
      const { messageId } = (await admin.lastMessage())!;
      await admin.send(`/admin ${words.replaceAll('\n', ' ')}`);
      await waitUntil(
        async () => {
          const last = await admin.lastMessage();
          return last!.messageId > messageId && last!.text?.includes(payment.id);
        },
        { what: `the timeline for "${words}"` },
      );
    }
  });

  it('says that a panel is gone for good, reads what it means before, and takes it back', async () => {
    const press = async (label: string) => {
      await waitUntil(async () => (await labels(admin)).includes(label), { what: `the button ${label}` });
      await admin.click(label);
    };
    await admin.send('/admin');
    await press('🖥 Panels');
    await press('nl-1 ✅');
    await press('❌ Gone for good…');
    await admin.waitFor('nothing is sold from it');
    const goneAt = async () =>
      (await shop.pool.query<{ gone_at: Date | null }>(`SELECT gone_at FROM servers WHERE code = 'nl-1'`)).rows[0]!
        .gone_at;
    expect(await goneAt()).toBeNull();
    await press('Yes, gone for good');
    await admin.waitFor('Gone for good since');
    expect(await goneAt()).not.toBeNull();
    const { rows } = await shop.pool.query(`SELECT actor FROM audit_log WHERE action = 'panel-gone'`);
    expect(rows).toEqual([{ actor: `operator:${ADMIN_ID}` }]);
    await press('↩️ It is there after all…');
    await press('Yes, it is there');
    await waitUntil(async () => (await goneAt()) === null, { what: 'it is taken back' });
  });

  it('only: nobody else can say so', async () => {
    const { person } = await customer();
    await person.click({ data: 'v1:panel-sure:nl-1:gone' });
    await alerted(person, '');
    const { rows } = await shop.pool.query('SELECT gone_at FROM servers WHERE gone_at IS NOT NULL');
    expect(rows).toEqual([]);
  });

  it('chooses where two payments share an order number', async () => {
    const ids = ['c0ffee00-1111-4111-8111-111111111111', 'c0ffee00-2222-4222-8222-222222222222'];
    for (const id of ids) {
      const { payment } = await customer();
      await shop.pool.query(
        `INSERT INTO payments (id, user_id, chat_id, language, status, purpose, plan_code, plan_name_ru, plan_name_en, days, traffic_gb, base_price_kopecks, discount_kopecks, price_kopecks, provider, currency, location_code)
         SELECT $2, user_id, chat_id, language, 'expired', purpose, plan_code, plan_name_ru, plan_name_en, days, traffic_gb, base_price_kopecks, discount_kopecks, price_kopecks, provider, currency, location_code FROM payments WHERE id = $1`,
        [payment.id, id],
      );
    }
    await admin.send('/admin C0FFEE00');
    await admin.waitFor('Choose a person or an order');
    expect((await labels(admin)).filter((label) => label.startsWith('c0ffee00'))).toEqual([
      expect.stringContaining('c0ffee00-2222'),
      expect.stringContaining('c0ffee00-1111'),
    ]);
    await admin.click((await labels(admin)).find((label) => label.startsWith('c0ffee00-1111'))!);
    await admin.waitFor(ids[0]!);
  });

  it('gives money back only after saying so twice; the audit log has it with their id', async () => {
    const { payment } = await customer();
    await admin.send(`/admin ${payment.id}`);
    await admin.waitFor(payment.id);
    await admin.click('↩️ Give the money back');
    await admin.waitFor('Are you sure?');
    expect(shop.refunds.requests).toEqual([]);
    await admin.click('Yes, give it back');
    await waitUntil(() => shop.refunds.requests.length === 1, { what: 'the workflow has the request' });
    expect(shop.refunds.requests).toEqual([
      { paymentId: payment.id, kopecks: null, askedBy: `operator:${ADMIN_ID}`, requestId: payment.id },
    ]);
    const audit = async () =>
      (await shop.pool.query('SELECT actor, action, details FROM audit_log WHERE payment_id = $1', [payment.id])).rows;
    // What came of the decision is added after it was sent.
    await waitUntil(async () => (await audit())[0]?.details.outcome !== undefined, {
      what: 'the outcome of the decision',
    });
    expect(await audit()).toEqual([
      { actor: `operator:${ADMIN_ID}`, action: 'refund', details: { status: 'issued', outcome: 'refund-started' } },
    ]);
  });

  it('is offered only what means something, and a decision that came too late is refused', async () => {
    const { payment } = await customer();
    await admin.send(`/admin ${payment.id}`);
    await admin.waitFor(payment.id);
    expect(
      (await labels(admin)).filter((label) => /Try now|Issue the key|Give the money|Returned by/.test(label)),
    ).toEqual(['↩️ Give the money back']);
    await admin.click('↩️ Give the money back');
    await admin.waitFor('Are you sure?');
    await shop.pool.query(`UPDATE payments SET status = 'refunded' WHERE id = $1`, [payment.id]);
    await admin.click('Yes, give it back');
    await alerted(admin, 'has ended');
    expect(shop.refunds.requests).toEqual([]);
  });

  it('nobody else: the command and the buttons do not exist for a buyer, not even of their own payment', async () => {
    const { person, payment } = await customer();
    await person.send(`/admin ${payment.id}`);
    const { messageId } = await person.waitFor('this message I did not');
    for (const [count, data] of [
      `v1:timeline:${payment.id}:0`,
      `v1:decide:${payment.id}:refund`,
      `v1:decide-sure:${payment.id}:refund`,
    ].entries()) {
      await person.click({ messageId, data });
      await waitUntil(
        async () =>
          (await person.chat()).callbackAnswers.filter(({ text }) => text?.includes('out of date')).length ===
          count + 1,
        { what: 'the button is refused' },
      );
    }
    expect((await person.chat()).messages.some(({ text }) => text?.includes('What happened'))).toBe(false);
    expect(shop.refunds.requests).toEqual([]);
    expect((await shop.pool.query('SELECT 1 FROM audit_log WHERE payment_id = $1', [payment.id])).rowCount).toBe(0);
  });
});
