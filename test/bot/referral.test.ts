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

  it('attaches who comes by it first, or within seven days of coming by another door; never oneself', async () => {
    const [one, two, three] = [person(), person(), person()];
    const link = await linkOf(one);
    await two.start(link);
    await two.waitFor('Hello');
    expect(await referredBy(two)).toBe(one.id);
    await three.start();
    await three.waitFor('Hello');
    const long = person();
    await long.start();
    await long.waitFor('Hello');
    await shop.pool.query(`UPDATE users SET created_at = created_at - interval '8 days' WHERE telegram_id = $1`, [
      long.id,
    ]);
    for (const [late, by] of [
      [three, one.id],
      [long, null],
      [one, null],
    ] as const) {
      const sent = await late.start(link);
      await waitUntil(async () => ((await late.lastMessage())?.messageId ?? 0) > sent, { what: 'the menu again' });
      expect(await referredBy(late)).toBe(by);
    }
    await long.waitFor('This invitation does not count for you');
    for (const { chat } of [two, three, one])
      expect(JSON.stringify(await chat())).not.toContain('This invitation does not count');
    expect((await inviting(one)).text).toContain('Came by your link: 2. Bought: 0.');
  });

  it.each([
    ['ru', 'Здравствуйте', 'Это ваша собственная ссылка'],
    ['en', 'Hello', 'This is your own link'],
  ])('of oneself is said to be that (%s), and attaches nobody', async (languageCode, greeting, words) => {
    const buyer = shop.buyer((next += 1), { languageCode });
    await buyer.start();
    await buyer.waitFor(greeting);
    const code = String(buyer.id).padStart(8, '0');
    await shop.pool.query('UPDATE users SET referral_code = $2 WHERE telegram_id = $1', [buyer.id, code]);
    await buyer.start(`ref_${code}`);
    await buyer.waitFor(words);
    const { rows } = await shop.pool.query('SELECT referred_by FROM users WHERE telegram_id = $1', [buyer.id]);
    expect(rows).toEqual([{ referred_by: null }]);
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

describe('a shop that rewards nobody any more', () => {
  let ended: Shop;
  beforeAll(async () => {
    ended = await openShop();
    await ended.startBot({ REFERRAL_DAYS: '0' });
  });
  afterAll(() => ended?.close());

  it('still gives what was earned before: menu and screen lead to the voucher, and nothing is to be shared', async () => {
    const [earner, newcomer] = [createBuyer(ended.telegram.url, 9_701), createBuyer(ended.telegram.url, 9_702)];
    for (const one of [earner, newcomer]) {
      await one.start();
      await one.waitFor('Hello');
    }
    expect(JSON.stringify((await newcomer.lastMessage())!.replyMarkup)).not.toContain('Invite a friend');
    const { id } = await ended.order(newcomer, { serverCode: 'nl-1' });
    await ended.pool.query(
      `WITH made AS (
         INSERT INTO vouchers (id, code, plan_code, plan_name_ru, plan_name_en, made_by, days, traffic_gb)
         VALUES (gen_random_uuid(), '0123456789ABCDEF', 'month', 'Дни', 'Days', 'referral', 7, 24) RETURNING id)
       INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at, status, voucher_id)
       SELECT gen_random_uuid(), $1, $2, 'referrer', $3, 7, now(), now(), 'voucher', id FROM made`,
      [id, newcomer.id, earner.id],
    );
    const sent = await earner.start();
    await waitUntil(async () => ((await earner.lastMessage())?.messageId ?? 0) > sent, { what: 'the new menu' });
    await earner.tap('Invite a friend');
    const screen = await waitUntil(
      async () => {
        const last = await earner.lastMessage();
        return last?.text?.includes('There is nothing for inviting friends') ? last : undefined;
      },
      { what: 'the screen' },
    );
    expect(screen!.text).toContain('You have had: 7 days');
    expect(JSON.stringify(screen!.replyMarkup)).not.toContain('t.me/share');
    await earner.tap('Take it');
    await earner.waitFor('7 days');
  });
});
