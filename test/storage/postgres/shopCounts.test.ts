/** What `/admin` shows of the shop, counted by the database. */
import { expect, it } from '@jest/globals';
import { createShopCounts } from '../../../src/storage/postgres/shopCounts';
import { PRICE, days, useShop } from './shopDatabase';

const shop = useShop();

it('the shop is counted: what is open, undelivered and refunding whenever it began, what was sold in the last 24 hours', async () => {
  const counts = createShopCounts(shop.pool);
  expect(await counts()).toEqual({
    open: 0,
    undelivered: 0,
    refunding: 0,
    active: 0,
    users: 0,
    issuedToday: 0,
    revenueToday: {},
  });

  const buyer = await shop.buyer();
  const monthAgo = new Date(Date.now() - days(30));
  const open = await shop.open(buyer, { planCode: 'day', priceKopecks: 1_000 });
  await shop.pool.query('UPDATE payments SET created_at = $2 WHERE id = $1', [open.id, monthAgo]);
  await shop.issued(buyer, {}, monthAgo);
  const partlyRefunded = await shop.issued(buyer);
  await shop.pool.query('UPDATE payments SET refunded_kopecks = 5000 WHERE id = $1', [partlyRefunded.id]);
  await shop.issued(await shop.buyer());
  await shop.paid(await shop.buyer());
  // What was paid in another currency is a sum of its own.
  const inStars = await shop.issued(await shop.buyer());
  await shop.pool.query(`UPDATE payments SET currency = 'XTR' WHERE id = $1`, [inStars.id]);
  const refunding = await shop.paid(await shop.buyer());
  await shop.pool.query(`UPDATE payments SET status = 'refunding' WHERE id = $1`, [refunding.id]);

  expect(await counts()).toEqual({
    open: 1,
    undelivered: 1,
    refunding: 1,
    active: 4,
    users: 5,
    issuedToday: 3,
    revenueToday: { RUB: 2 * PRICE - 5_000, XTR: PRICE },
  });
});
