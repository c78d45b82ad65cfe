/** Whoever has more subscriptions than the cache holds sees, opens and renews every one of them. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { oneVoucher, voucherClaimed } from '../storage/postgres/vouchers';
import { createBuyer, type Buyer } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

const COUNT = 55;
let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());

const keyboardOf = async (buyer: Buyer) => JSON.stringify((await buyer.lastMessage())!.replyMarkup);
const buttonsOf = async (buyer: Buyer): Promise<string[]> => {
  const { replyMarkup } = (await buyer.lastMessage())!;
  return replyMarkup && 'inline_keyboard' in replyMarkup
    ? replyMarkup.inline_keyboard.flat().map(({ text }) => text)
    : [];
};

it('all of them are on the pages of the list, and the last one can be opened and renewed', async () => {
  const buyer = createBuyer(shop.telegram.url, 9_900);
  await buyer.start();
  await buyer.waitFor('Hello');
  const { subscriptionId } = await voucherClaimed(shop.pool, (await oneVoucher(shop.pool)).id, buyer.id);
  await shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = now() WHERE id = $1`, [
    subscriptionId,
  ]);
  await shop.pool.query(
    `INSERT INTO subscriptions
     SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(), 'panel_user_id', gen_random_uuid(),
       'status', CASE WHEN n = $2::int - 1 THEN 'expired' ELSE 'active' END,
       'created_at', now() - n * interval '1 hour'))).*
     FROM subscriptions u, generate_series(1, $2::int - 1) n WHERE u.id = $1`,
    [subscriptionId, COUNT],
  );

  await buyer.send('/subscriptions');
  await buyer.waitFor('My subscriptions');
  let shown = 0;
  for (let page = 0; ; page += 1) {
    const buttons = await buttonsOf(buyer);
    shown += buttons.filter((text) => text.includes('Netherlands')).length;
    const next = buttons.find((text) => text.includes('➡️'));
    if (next === undefined) break;
    expect(page).toBeLessThan(COUNT);
    const before = await keyboardOf(buyer);
    await buyer.tap(next);
    await waitUntil(async () => (await keyboardOf(buyer)) !== before, { what: 'the next page' });
  }
  expect(shown).toBe(COUNT);

  const last = (await buttonsOf(buyer)).findLast((text) => text.includes('Netherlands'))!;
  await buyer.tap(last);
  await buyer.waitFor('You can renew it');
  await buyer.tap('Renew');
  await buyer.waitForButton('A month');
});
