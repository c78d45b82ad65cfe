/** Gifts in the chat: bought by one person, seen and cancelled by them, claimed by another. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createGiftsRepository, type Gift } from '../../src/storage/postgres/gifts';
import { voucherTerms } from '../../src/domain/voucher/terms';
import { createVouchersRepository } from '../../src/storage/postgres/vouchers';
import { promoCode } from '../storage/postgres/promos';
import { freshIds, goodwillRefund } from '../storage/postgres/shopDatabase';
import { oneVoucher, voucherClaimed } from '../storage/postgres/vouchers';
import type { MessageView } from '../../simulators/telegram/driver';
import { createBuyer, type Buyer } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let next = 19_000;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot({ BUYER_REFUND_WITHIN: '24h' });
});
afterAll(() => shop?.close());
beforeEach(() => {
  shop.refunds.requests.length = 0;
  shop.grants.asked.splice(0);
});

async function person(): Promise<Buyer> {
  const buyer = createBuyer(shop.telegram.url, (next += 1));
  await buyer.start();
  await buyer.waitFor('Hello');
  return buyer;
}
/** The order that the person has made last. */
const orderOf = async ({ id }: Buyer) => (await shop.payments.ofUser(id, 1))[0]!;
/** Paid for, as far as the worker's transaction goes. */
async function gift(giver: Buyer): Promise<Gift> {
  await giver.tap('Give a subscription');
  await giver.tap('A month');
  await giver.waitFor('Shall we wrap it?');
  await giver.tap('Pay');
  await giver.waitFor('A gift');
  const order = await waitUntil(() => orderOf(giver), { what: 'the order is there' });
  await shop.payments.recordPaid(order.id, freshIds(), new Date());
  return (await createGiftsRepository(shop.pool).byId(order.id))!;
}
const claimed = ({ id: voucherId }: Gift, { id: userId }: Buyer) => voucherClaimed(shop.pool, voucherId, userId);
/** A subscription that they have from a voucher. @returns its id */
async function voucherOf({ id: userId }: Buyer): Promise<string> {
  const { subscription } = await voucherClaimed(shop.pool, (await oneVoucher(shop.pool)).id, userId);
  await shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = now() WHERE id = $1`, [
    subscription.id,
  ]);
  return subscription.id;
}
const open = (buyer: Buyer, { code }: Gift) => buyer.start(`gift_${code}`);
const labels = ({ replyMarkup }: MessageView): string[] =>
  replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard.flat().map(({ text }) => text) : [];

describe('giving', () => {
  it('is three taps: what, is it right, pay; no country is asked for and no place is taken', async () => {
    const giver = await person();
    await giver.tap('Give a subscription');
    const plans = await giver.waitFor('Their days count from then');
    expect(labels(plans)).toEqual([
      'A month · ₽299',
      'A year · ₽2,490',
      '🎟 Promo code',
      '📦 What I have given',
      '⬅️ Menu',
    ]);
    await giver.tap('A month');
    const confirmation = await giver.waitFor('Shall we wrap it?');
    expect(confirmation.text).toContain('A month: 30 days, 100 GB');
    await giver.tap('Pay ₽299');
    await giver.waitFor('🎁 A gift');
    expect(await orderOf(giver)).toMatchObject({ purpose: 'gift', locationCode: null, priceKopecks: 29_900 });
    await giver.waitForButton('I have paid');
  });

  it('with a promo code costs less, and one that gives days alone or a plan for nothing is not for it', async () => {
    const giver = await person();
    await promoCode(shop.pool, { code: 'FRIEND20', usesPerPerson: 5 });
    await giver.start('promo_FRIEND20');
    await giver.tap('I see, go on');
    await giver.waitFor('FRIEND20');
    await giver.start();
    await giver.tap('Give a subscription');
    await giver.tap('A month');
    await giver.waitFor('Shall we wrap it?');
    await giver.tap('Pay ₽239');
    await giver.waitFor('🎁 A gift');
    expect(await orderOf(giver)).toMatchObject({ purpose: 'gift', priceKopecks: 23_900, promoCode: 'FRIEND20' });

    const other = await person();
    await promoCode(shop.pool, { code: 'ALLFREE', amount: 100 });
    await other.start('promo_ALLFREE');
    await other.tap('I see, go on');
    await other.waitFor('ALLFREE');
    await other.start();
    await other.tap('Give a subscription');
    await other.tap('A month');
    const confirmed = await other.waitFor('Shall we wrap it?');
    expect(confirmed.text).toContain('It gives something to you alone, so it is not for gifts.');
    expect(labels(confirmed)).toContain('✅ Pay ₽299');
  });

  it('is gone on with after the dialog was left', async () => {
    const giver = await person();
    await giver.tap('Give a subscription');
    await giver.tap('A year');
    await giver.waitFor('Shall we wrap it?');
    await giver.start();
    await giver.tap('Go on choosing');
    const { text } = await giver.waitFor('Shall we wrap it?');
    expect(text).toContain('A year: 365 days');
  });

  it('can be ordered again after it was cancelled', async () => {
    const giver = await person();
    await giver.tap('Give a subscription');
    await giver.tap('A month');
    await giver.tap('Pay');
    await giver.waitForButton('Cancel the order');
    const order = await orderOf(giver);
    await shop.payments.dismiss(order.id);
    await giver.tap('Cancel the order');
    await giver.waitForButton('Buy it after all');
    await giver.tap('Buy it after all');
    await giver.waitFor('Shall we wrap it?');
  });
});

describe('what somebody has given', () => {
  it('is listed with its state, and each can be sent again', async () => {
    const giver = await person();
    await giver.tap('Give a subscription');
    await giver.tap('What I have given');
    await giver.waitFor('Nothing yet');
    await giver.start();
    const present = await gift(giver);
    await giver.start();
    await giver.tap('Give a subscription');
    await giver.tap('What I have given');
    const { text } = await giver.waitFor('nobody has claimed it yet');
    expect(text).not.toContain(present.code);
    await giver.tap(present.id.slice(0, 8));
    const opened = await giver.waitFor('Its link, to be sent');
    expect(opened.text).toContain(`?start=gift_${present.code}`);
    expect(labels(opened)).toEqual([
      '📣 Send it to somebody',
      '🔑 Take it myself',
      '↩️ Cancel it, ₽299 back',
      '📦 What I have given',
      '⬅️ Menu',
    ]);
    await claimed(present, await person());
    await giver.click({ data: `v1:sent-gift:${present.id}` });
    expect(labels(await giver.waitFor('Claimed on'))).toEqual(['📦 What I have given', '⬅️ Menu']);
  });

  it('is nobody else’s to see or to cancel', async () => {
    const [giver, stranger] = [await person(), await person()];
    const present = await gift(giver);
    await stranger.click({ data: `v1:sent-gift:${present.id}` });
    await stranger.waitFor('There is no such gift of yours');
    await stranger.click({ data: `v1:cancel-gift-sure:${present.id}` });
    await waitUntil(async () => (await stranger.chat()).callbackAnswers.at(-1)?.text !== undefined, {
      what: 'the button is answered',
    });
    expect(shop.refunds.requests).toEqual([]);
  });

  it('is cancelled with two taps while nobody has claimed it; however often they tap it is one request', async () => {
    const giver = await person();
    const present = await gift(giver);
    await giver.click({ data: `v1:sent-gift:${present.id}` });
    await giver.tap('Cancel it');
    await giver.waitFor('Cancel the gift?');
    await giver.tap('Yes, return');
    await giver.click({ data: `v1:cancel-gift-sure:${present.id}` });
    await waitUntil(async () => shop.refunds.requests.length === 2, { what: 'both taps are there' });
    expect(new Set(shop.refunds.requests.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(shop.refunds.requests[0]).toMatchObject({ paymentId: present.id, kopecks: null, askedBy: 'buyer' });
  });

  it('can’t be cancelled once it is claimed, also by a button from before', async () => {
    const giver = await person();
    const present = await gift(giver);
    await claimed(present, await person());
    await giver.click({ data: `v1:cancel-gift-sure:${present.id}` });
    await waitUntil(
      async () => (await giver.chat()).callbackAnswers.at(-1)?.text?.includes('Somebody has claimed the gift'),
      { what: 'the alert' },
    );
    expect(shop.refunds.requests).toEqual([]);
  });
});

describe('claiming', () => {
  it('by its giver is possible: it is theirs like anybody’s', async () => {
    const giver = await person();
    const present = await gift(giver);
    await giver.click({ data: `v1:sent-gift:${present.id}` });
    await giver.tap('Take it myself');
    await giver.tap('Netherlands');
    await giver.waitFor('Preparing your gift');
    const asked = await waitUntil(async () => shop.grants.asked[0], { what: 'it is asked for' });
    expect(asked!.request).toMatchObject({ kind: 'gift', source: present.id, userId: giver.id });
  });

  it.each([
    [
      'after a refund',
      'Whoever bought it has had the money back',
      `UPDATE vouchers SET status = 'refunded' WHERE id = $1`,
    ],
    [
      'after it went back to its giver',
      'it has gone back to whoever bought it',
      'UPDATE vouchers SET returned_at = now() WHERE id = $1',
    ],
  ])('%s has a polite answer, which is no wrong guess', async (_, words, change) => {
    const [giver, receiver] = [await person(), await person()];
    const present = await gift(giver);
    await shop.pool.query(change, [present.id]);
    // More often than a wrong code may be sent: a wrong guess would lock them after the fifth.
    for (let n = 0; n < 6; n += 1) {
      const sinceMessageId = await open(receiver, present);
      const { text } = await receiver.waitFor('This gift can’t be claimed any more', undefined, { sinceMessageId });
      expect(text).toContain(words);
    }
  });

  it('a second time says that it is theirs; once its money went back, that it was taken back', async () => {
    const [giver, receiver] = [await person(), await person()];
    const present = await gift(giver);
    await claimed(present, receiver);
    await open(receiver, present);
    await receiver.waitFor('This gift is yours already');
    await goodwillRefund(shop.payments, present.id);
    await open(receiver, present);
    await receiver.waitFor('This gift was taken back');
  });

  it.each(['as a new key', 'added to a key that is there'])(
    '%s: one that gives less than the screen shows by now is shown again, and asked for as it is then',
    async (how) => {
      const [giver, receiver] = [await person(), await person()];
      const own = how === 'as a new key' ? undefined : await voucherOf(receiver);
      const present = await gift(giver);
      const tap = () => receiver.tap(own === undefined ? 'Netherlands' : 'Add to');
      await open(receiver, present);
      const { messageId } = await receiver.waitFor('A month: 30 days, 100 GB');
      await goodwillRefund(shop.payments, present.id, { kopecks: 10_000 });
      await tap();
      expect(await receiver.waitFor('so it gives less: 20 days, 67 GB')).toMatchObject({ messageId });
      expect(shop.grants.asked).toEqual([]);
      await tap();
      const { request } = (await waitUntil(async () => shop.grants.asked[0], { what: 'it is asked for' }))!;
      expect(request).toMatchObject({
        source: present.id,
        place: own === undefined ? { locationCode: 'nl' } : { subscriptionId: own },
        terms: voucherTerms((await createVouchersRepository(shop.pool).byId(present.id))!),
      });
    },
  );

  it('shows in "my subscriptions" whose gift it is', async () => {
    const [giver, receiver] = [await person(), await person()];
    const present = await gift(giver);
    await claimed(present, receiver);
    const { rows } = await shop.pool.query<{ id: string }>('SELECT id FROM subscriptions WHERE user_id = $1', [
      receiver.id,
    ]);
    await receiver.click({ data: `v1:subscription-book:${rows[0]!.id}:0` });
    await receiver.waitFor('A gift from ');
  });
});

describe('a shop that sells no gifts any more', () => {
  let ended: Shop;
  beforeAll(async () => {
    ended = await openShop();
    await ended.startBot({ GIFTS: 'off' });
  });
  afterAll(() => ended?.close());

  it('has no button for them and refuses a tap from before; what was bought is seen and claimed', async () => {
    const [giver, receiver] = [createBuyer(ended.telegram.url, 19_901), createBuyer(ended.telegram.url, 19_902)];
    for (const one of [giver, receiver]) {
      await one.start();
      expect(labels(await one.waitFor('Hello')).join()).not.toMatch(/Give a subscription|What I have given/);
    }
    await giver.click({ data: 'v1:give' });
    await giver.waitFor('Gifts are not sold at the moment');
    expect(await ended.payments.ofUser(giver.id, 1)).toEqual([]);
    const order = await ended.order(giver, { locationCode: null, serverCode: null });
    await ended.payments.recordPaid(order.id, freshIds(), new Date());
    const sinceMessageId = await giver.start();
    const menu = await giver.waitFor('Hello', undefined, { sinceMessageId });
    expect(labels(menu)).toContain('📦 What I have given');
    await giver.tap('What I have given');
    expect(labels(await giver.waitFor('nobody has claimed it yet')).join()).not.toContain('Give a subscription');
    const { code } = (await createGiftsRepository(ended.pool).byId(order.id))!;
    await receiver.start(`gift_${code}`);
    await receiver.waitFor('A subscription for you, as a gift');
  });
});

it('no code of a gift is in the log', async () => {
  const [giver, receiver] = [await person(), await person()];
  const present = await gift(giver);
  await open(receiver, present);
  await receiver.waitFor('as a gift');
  expect(shop.log.join('\n')).not.toContain(present.code);
});
