/** Inviting friends in the chat: the link, who is attached by it, and what it has brought. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBuyer, type Buyer } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let next = 9_500;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());

const person = (): Buyer => createBuyer(shop.telegram.url, (next += 1));
/** Opens the screen anew. */
async function inviting(buyer: Buyer) {
  const sent = await buyer.start();
  await waitUntil(async () => ((await buyer.lastMessage())?.messageId ?? 0) > sent, { what: 'the new menu' });
  await buyer.tap('Invite a friend');
  const read = async () => {
    const last = await buyer.lastMessage();
    return last?.text?.includes('Invite your friends') ? last : undefined;
  };
  return (await waitUntil(read, { what: 'the screen for inviting friends' }))!;
}
/** What the person's link gives to /start. */
const linkOf = async (buyer: Buyer): Promise<string> =>
  /https:\/\/t\.me\/\w+\?start=(ref_[0-9A-Z]{8})/.exec((await inviting(buyer)).text!)![1]!;
const referredBy = async ({ id }: Buyer) =>
  (await shop.pool.query<{ referred_by: number | null }>('SELECT referred_by FROM users WHERE telegram_id = $1', [id]))
    .rows[0]!.referred_by;

describe('the link', () => {
  it('is the same each time, can be shared, and holds no Telegram id', async () => {
    const buyer = person();
    const link = await linkOf(buyer);
    expect(await linkOf(buyer)).toBe(link);
    expect(link).not.toContain(String(buyer.id));
    expect(JSON.stringify((await inviting(buyer)).replyMarkup)).toContain(
      'https://t.me/share/url?url=https%3A%2F%2Ft.me',
    );
  });

  it('attaches who comes by it first, and nobody who was there before, nor oneself', async () => {
    const [one, two, three] = [person(), person(), person()];
    const link = await linkOf(one);
    await two.start(link);
    await two.waitFor('Hello');
    expect(await referredBy(two)).toBe(one.id);
    await three.start();
    await three.waitFor('Hello');
    for (const late of [three, one]) {
      await late.start(link);
      await late.waitFor('Hello');
      expect(await referredBy(late)).toBeNull();
    }
    expect((await inviting(one)).text).toContain('Came by your link: 1. Bought: 0.');
  });

  it('that nobody has is an ordinary start', async () => {
    for (const payload of ['ref_00000000', 'ref_', `ref_${'A'.repeat(50)}`, 'ref_abcdefgh']) {
      const buyer = person();
      await buyer.start(payload);
      await buyer.waitFor('Hello');
      expect(await referredBy(buyer)).toBeNull();
    }
  });
});
