import { z } from 'zod';
import type { ProviderId } from '../../../domain/provider';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { paymentRow } from '../tables/payments';

/** Of payment `p`: it is unfinished, or has a refund that is. */
const IS_UNFINISHED = `(status NOT IN ('issued', 'refunded', 'canceled', 'expired')
  OR EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.managed_by <> 'outside' AND r.completed_at IS NULL))`;

const atOtherAccount = z.object({ account: paymentRow.shape.provider_account.unwrap(), count: z.number() });

/**
 * Payments of a provider that are unfinished, or have a refund that is, and were made at other accounts there than this
 * one.
 */
export function unfinishedAtOtherAccounts(
  db: Queryable,
  { provider, account }: { readonly provider: ProviderId; readonly account: string },
): Promise<{ account: string; count: number }[]> {
  return queryRows(
    db,
    atOtherAccount,
    `SELECT provider_account AS account, count(*) FROM payments p
     WHERE provider = $1 AND provider_account <> $2 AND ${IS_UNFINISHED}
     GROUP BY provider_account ORDER BY provider_account`,
    [provider, account],
  );
}

const ofProvider = paymentRow.pick({ provider: true }).extend({ count: z.number() });

/** How many payments of each provider that is none of these are unfinished, or have a refund that is. */
export function unfinishedOfOthers(
  db: Queryable,
  providers: readonly ProviderId[],
): Promise<{ provider: ProviderId; count: number }[]> {
  return queryRows(
    db,
    ofProvider,
    `SELECT provider, count(*) FROM payments p WHERE provider <> ALL($1::text[]) AND ${IS_UNFINISHED}
     GROUP BY provider ORDER BY provider`,
    [providers],
  );
}
