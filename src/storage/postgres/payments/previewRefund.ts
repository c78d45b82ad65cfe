import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { refundable } from '../../../domain/refund';
import { countedGrant } from '../freeGrants/give';
import { withConnection } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { LIMIT_COLUMNS, limitColumns } from '../tables/planGrant';
import { subscriptionRow } from '../tables/subscriptions';
import { lockVoucher } from '../vouchers/find';
import { applyRefund } from './applyRefund';
import { lockPayment } from './locked';

const access = subscriptionRow
  .pick({ status: true, expires_at: true })
  .extend(limitColumns)
  .transform((row) => camelCased(row));
export type AccessState = ReturnType<(typeof access)['parse']>;

/** What a refund of a delivered purchase would do, if it were decided now. */
export type RefundPreview =
  | {
      readonly outcome: 'possible';
      readonly kopecks: number;
      readonly currency: string;
      /**
       * Of the subscription, of a gift that of whoever has claimed it, before and after; `undefined`: there is none.
       */
      readonly before: AccessState | undefined;
      readonly after: AccessState | undefined;
      /** Of a gift that nobody has claimed: nobody can claim it any more, or whoever does gets so much less. */
      readonly unclaimedGift?: 'ends' | 'gives-less';
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Carries the refund out in a transaction and rolls it back: what is confirmed is what the refund itself would do. The
 * amount is compared with the order's price; the provider's own sum counts when the refund is planned.
 * @param kopecks `null`: all that is left
 */
export async function previewRefund(
  pool: Pool,
  paymentId: string,
  kopecks: number | null,
  now: Date,
): Promise<RefundPreview> {
  return withConnection(pool, async (client): Promise<RefundPreview> => {
    await client.query('BEGIN');
    const payment = await lockPayment(client, paymentId);
    const subscriptionId =
      payment.subscriptionId ?? (await countedGrant(client, 'gift', paymentId))?.subscriptionId ?? null;
    const stateOf = async (): Promise<AccessState | undefined> =>
      queryRow(client, access, `SELECT status, expires_at, ${LIMIT_COLUMNS} FROM subscriptions WHERE id = $1`, [
        subscriptionId,
      ]);
    const amount = refundable(kopecks, payment.priceKopecks - payment.refundedKopecks, payment.currency);
    const before = await stateOf();
    if (!('refused' in amount))
      await applyRefund(
        client,
        payment,
        { refundId: randomUUID(), kopecks: amount.kopecks },
        payment.priceKopecks,
        now,
      );
    const after = await stateOf();
    const gift = subscriptionId === null ? await lockVoucher(client, paymentId) : undefined;
    await client.query('ROLLBACK');
    if ('refused' in amount) return { outcome: 'refused', reason: amount.refused };
    return {
      ...{ outcome: 'possible', kopecks: amount.kopecks, currency: payment.currency, before, after },
      ...(gift === undefined ? {} : { unclaimedGift: gift === 'issued' ? 'gives-less' : 'ends' }),
    };
  });
}
