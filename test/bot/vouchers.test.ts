/** Vouchers as people meet them in the chat: by link or by hand, where they want it, and every answer to a code. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { voucherCodeWords } from '../../src/domain/voucher/code';
import { voucherTerms } from '../../src/domain/voucher/terms';
import type { Voucher } from '../../src/domain/voucher/voucher';
import { shortUuid } from '../../src/messages/shortUuid';
import { createSubscriptionsRepository } from '../../src/storage/postgres/subscriptions';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { createVoucherBatches } from '../../src/storage/postgres/vouchers/batches';
import { freshIds } from '../storage/postgres/shopDatabase';
import { freshVoucherCode, makeVouchers, oneVoucher, voucherClaimed } from '../storage/postgres/vouchers';
import { createBuyer, type Buyer } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let next = 9_000;
/** What a screen showed, as a modified client says it. */
const SHOWN = '12345678';

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());
afterEach(() => {
  shop.grants.asked.splice(0);
  shop.grants.away = false;
});

const person = (): Buyer => createBuyer(shop.telegram.url, (next += 1));
const voucher = (until: Date | null = null) => oneVoucher(shop.pool, { until });
/** The worker gives it, as far as the database shows. */
const claimed = ({ id: voucherId }: Voucher, userId: number) => voucherClaimed(shop.pool, voucherId, userId);
const open = (buyer: Buyer, { code }: Pick<Voucher, 'code'>) => buyer.start(`gift_${code}`);
const askedFor = async () => {
  await waitUntil(async () => shop.grants.asked.length > 0 || undefined, { what: 'the workflow is asked' });
  return shop.grants.asked;
};
const labels = async (buyer: Buyer): Promise<string[]> => {
  const { replyMarkup } = (await buyer.lastMessage())!;
  return replyMarkup && 'inline_keyboard' in replyMarkup
    ? replyMarkup.inline_keyboard.flat().map(({ text }) => text)
    : [];
};
/** What they read to their newest message, once it is answered. @param text or what a link gives to /start */
async function answered(buyer: Buyer, text: string | { readonly start: string }): Promise<string> {
  const before = typeof text === 'string' ? await buyer.send(text) : await buyer.start(text.start);
  const { text: answer } = (await waitUntil(
    async () => {
      const last = await buyer.lastMessage();
      return last && last.messageId > before && last.from !== 'user' ? last : undefined;
    },
    { what: `an answer to ${JSON.stringify(text).slice(0, 40)}` },
  ))!;
  return answer ?? '';
}

describe('by its link', () => {
  it('a new person reads what it gives, and takes it where there is a place: it is asked for in that message', async () => {
    const [buyer, gift] = [person(), await voucher(new Date('2035-01-31T21:00:00Z'))];
    await open(buyer, gift);
    const { text } = await buyer.waitFor('as a gift');
    expect(text).toContain('A month: 30 days, 100 GB. There is nothing to pay.');
    expect(text).toContain('It can be claimed until 1 February 2035');
    // Germany is full.
    expect(await labels(buyer)).toEqual(['🇳🇱 Netherlands', '⬅️ Menu']);
    await buyer.tap('Netherlands');
    await buyer.waitFor('Preparing your gift');
    const { messageId } = (await buyer.lastMessage())!;
    expect(await askedFor()).toEqual([
      {
        request: {
          kind: 'gift',
          source: gift.id,
          userId: buyer.id,
          place: { locationCode: 'nl' },
          terms: voucherTerms(gift),
          askedAt: expect.any(Number),
        },
        messageId,
      },
    ]);
    await claimed(gift, buyer.id);
    await buyer.tap('Refresh');
    await buyer.waitFor('This gift is yours already');
  });

  it('somebody with a subscription adds it to that, or has a new one', async () => {
    const buyer = person();
    const user = { telegramId: buyer.id, firstName: 'Ann', username: null, language: 'en' } as const;
    await createUsersRepository(shop.pool).upsert(user);
    const { id } = await shop.order(buyer, { serverCode: 'nl-2' });
    const ids = freshIds();
    await shop.payments.recordPaid(id, ids, new Date());
    const own = (await createSubscriptionsRepository(shop.pool).byId(ids.subscriptionId))!;
    await shop.payments.recordDelivered(id, own);
    const gift = await voucher();
    await open(buyer, gift);
    await buyer.waitFor('Make a new key, or add the days');
    expect(await labels(buyer)).toEqual(['🔑 A new subscription', '➕ Add to 🇳🇱 Netherlands', '⬅️ Menu']);
    await buyer.tap('Add to');
    await buyer.waitFor('The days are added to the key that you have');
    expect((await askedFor())[0]?.request).toMatchObject({
      source: gift.id,
      place: { subscriptionId: ids.subscriptionId },
    });
    const other = await voucher();
    await open(buyer, other);
    await buyer.tap('A new subscription');
    await buyer.waitFor('Choose a country');
  });

  it('of a batch of which each person may have one reads so before they choose anything; the code stays good', async () => {
    const [first, second] = await makeVouchers(shop.pool, 2, { oncePerPerson: true });
    const buyer = person();
    await open(buyer, first!);
    await buyer.waitFor('as a gift');
    await claimed(first!, buyer.id);
    // More often than a wrong code may be sent.
    for (let n = 0; n < 6; n += 1) {
      const sinceMessageId = await open(buyer, second!);
      await buyer.waitFor('You have had one of these already', undefined, { sinceMessageId });
    }
    const other = person();
    await open(other, second!);
    await other.waitFor('A subscription for you, as a gift');
  });

  it('is told when it could not be asked for, and can try again', async () => {
    const [buyer, gift] = [person(), await voucher()];
    await open(buyer, gift);
    shop.grants.away = true;
    await buyer.tap('Netherlands');
    await buyer.waitFor('The gift is not claimed yet');
    shop.grants.away = false;
    await buyer.tap('Try again');
    await buyer.tap('Netherlands');
    await askedFor();
  });

  it('one that somebody else has claimed says so, also at a button from before', async () => {
    const [buyer, other, gift] = [person(), person(), await voucher()];
    await other.start();
    await other.waitFor('Hello');
    await open(buyer, gift);
    await buyer.waitForButton('Netherlands');
    await claimed(gift, other.id);
    await buyer.tap('Netherlands');
    await buyer.waitFor('This gift has been claimed already');
    expect(shop.grants.asked).toEqual([]);
  });
});

describe('by hand', () => {
  it('the code is taken as people write it, asked for or not', async () => {
    const [buyer, gift] = [person(), await voucher()];
    await buyer.start();
    await buyer.tap('Gift code');
    await buyer.waitFor('Send the code of the gift');
    expect(await answered(buyer, 'hello')).toContain('There is no such code');
    expect(await answered(buyer, ` ${voucherCodeWords(gift.code).toLowerCase()} `)).toContain('as a gift');
    // The next text is no code any more; a code is one at any time.
    expect(await answered(buyer, 'hello')).toContain('this message I did not');
    expect(await answered(buyer, gift.code)).toContain('as a gift');
  });

  it('a command is a command, also where a code is asked for', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.tap('Gift code');
    await buyer.waitFor('Send the code of the gift');
    expect(await answered(buyer, '/help')).toContain('Help');
  });
});

describe('a bad code', () => {
  it('has one answer, whatever is wrong with it', async () => {
    const [revoked, over] = [await voucher(), await voucher(new Date('2026-01-01T00:00:00Z'))];
    await createVoucherBatches(shop.pool).revoke({ code: revoked.code });
    const answers = new Set<string>();
    for (const payload of [
      revoked.code,
      over.code,
      freshVoucherCode(),
      '',
      'x',
      `${'A'.repeat(50)}`,
      `${freshVoucherCode()}0`,
    ])
      answers.add(await answered(person(), { start: `gift_${payload}` }));
    const buyer = person();
    await buyer.start();
    await buyer.tap('Gift code');
    await buyer.waitFor('Send the code of the gift');
    for (const text of ['A'.repeat(4_000), 'АВСЕ-НКМР-ОТХУ-1234', `'; DROP TABLE vouchers; --`])
      answers.add(await answered(buyer, text));
    expect([...answers]).toEqual([expect.stringContaining('There is no such code')]);
  });

  it('five times in ten minutes locks them all for a quarter of an hour, a good one too; not for others', async () => {
    const [buyer, gift] = [person(), await voucher()];
    for (let n = 0; n < 4; n += 1)
      expect(await answered(buyer, { start: `gift_${freshVoucherCode()}` })).toContain('no such code');
    expect(await answered(buyer, { start: `gift_${freshVoucherCode()}` })).toContain('Try again in 15 minutes');
    expect(await answered(buyer, { start: `gift_${gift.code}` })).toContain('Too many wrong codes');
    await buyer.click({ data: `v1:gift-at:${gift.code}:nl:${SHOWN}` });
    await buyer.waitFor('Too many wrong codes');
    expect(shop.grants.asked).toEqual([]);
    expect(await answered(person(), { start: `gift_${gift.code}` })).toContain('as a gift');
  });

  it('that a modified client sends with a button is counted, too', async () => {
    const buyer = person();
    await buyer.start();
    await buyer.waitFor('Hello');
    for (let n = 0; n < 4; n += 1) {
      await buyer.click({ data: `v1:gift-at:${freshVoucherCode()}:nl:${SHOWN}` });
      await buyer.waitFor('There is no such code');
    }
    await buyer.click({ data: `v1:gift-to:${freshVoucherCode()}:${shortUuid(randomUUID())}:${SHOWN}` });
    await buyer.waitFor('Too many wrong codes');
  });
});

it('no code is in the log', async () => {
  const [buyer, gift] = [person(), await voucher()];
  await open(buyer, gift);
  await buyer.waitFor('as a gift');
  expect(shop.log.join('\n')).not.toContain(gift.code);
});
