/** A change of YooKassa's shop while payments of the old one are unfinished. */
import type { PaymentsRepository } from '../../storage/postgres/payments';
import { examine, type Finding } from './findings';

export function examineShopChange(
  payments: Pick<PaymentsRepository, 'unfinishedAtOtherShops'>,
  shopId: string,
): Promise<Finding[]> {
  return examine('YooKassa shop', 'see the check of PostgreSQL.', async () => {
    const elsewhere = await payments.unfinishedAtOtherShops(shopId);
    if (elsewhere.length === 0) return [{ verdict: 'good', what: 'every unfinished payment was made at this shop' }];
    return elsewhere.map((other) => ({
      verdict: 'warning',
      what:
        `unfinished payments that were made at YooKassa's shop ${other.shopId}: ${other.count}; the shop is ${shopId} ` +
        'now and does not know them: their money is neither seen nor refunded',
      next:
        "set YOOKASSA_SHOP_ID and its key back until they have ended, or look into the old shop's cabinet and close " +
        'each: npm run payment -- close ID.',
    }));
  });
}
