/** What `npm run payment -- refund` says before it takes something of a gift. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { refundWords } from '../../../src/cli/refundWords';
import { createVouchersRepository } from '../../../src/storage/postgres/vouchers';
import { freshIds, PRICE, useShop } from './shopDatabase';

const shop = useShop();

async function paidGift(): Promise<string> {
  const { id } = await shop.open(await shop.buyer(), { locationCode: null });
  expect(await shop.recordPaid(id)).toEqual({ decision: 'gift' });
  return id;
}
const said = async (id: string, kopecks: number | null): Promise<string> => {
  const preview = await shop.payments.previewRefund(id, kopecks, new Date());
  if (preview.outcome !== 'possible') throw new Error(preview.reason);
  return refundWords(preview);
};

it('of one that nobody has claimed: that nobody can any more, or gets less', async () => {
  const id = await paidGift();
  expect(await said(id, null)).toContain('nobody has claimed the gift, and nobody can claim it any more');
  expect(await said(id, PRICE / 2)).toContain('whoever claims it gets so much less');
  // It was only looked at.
  expect(await shop.row('vouchers', 'id = $1', id)).toMatchObject({ status: 'issued' });
});

it('of one that was claimed: what is taken from whoever has it', async () => {
  const id = await paidGift();
  const now = new Date();
  const claim = { id: randomUUID(), ...freshIds(), voucherId: id, userId: await shop.buyer(), askedAt: now };
  const given = await createVouchersRepository(shop.pool).claim({ ...claim, place: { locationCode: 'nl' } }, now);
  if (given.outcome !== 'given') throw new Error(given.why);
  expect(await said(id, null)).toContain('the access is revoked; it would have lasted until');
  expect(await said(id, PRICE / 2)).toMatch(/shortens it by 1[45] days .* traffic 100 → 50 GiB/);
  expect((await shop.subscriptions.byId(given.subscriptionId))!).toMatchObject({ status: 'pending', trafficGb: 100 });
});
