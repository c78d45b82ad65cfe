import type { PoolClient } from 'pg';
import { z } from 'zod';
import { limitsAfterRevocation } from '../../../domain/grant';
import type { Access } from '../../../domain/refund';
import { addAccessRevocation } from '../accessRevocations';
import { queryRow, queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { LIMIT_COLUMNS, limitAssignments, limitColumns, limitValues } from '../tables/grants';
import { subscriptionRow } from '../tables/subscriptions';
import { keptMs, type LockedPayment } from './locked';
import { storedPayment, type StoredPayment } from './rows';

const subscriptionToRevoke = subscriptionRow
  .pick({ status: true, starts_at: true, expires_at: true })
  .extend(limitColumns)
  .extend({ used_gb: z.number().nullable() })
  .transform((row) => camelCased(row));
type SubscriptionToRevoke = z.output<typeof subscriptionToRevoke>;

/** How much is revoked. `everything`: none of the payment's money stays with the shop. */
export interface Revoked extends Access {
  readonly everything: boolean;
}

/** The other payments whose money the shop keeps for this subscription, newest first. */
function othersOf(client: PoolClient, subscriptionId: string, paymentId: string): Promise<StoredPayment[]> {
  return queryRows(
    client,
    storedPayment,
    `SELECT * FROM payments
     WHERE subscription_id = $1 AND id <> $2 AND status IN ('paid', 'delayed', 'issued') ORDER BY paid_at DESC`,
    [subscriptionId, paymentId],
  );
}

/** The time that payments made after this one give: it comes after this one's own, and is not this one's to lose. */
export async function laterMs(client: PoolClient, payment: LockedPayment, subscriptionId: string): Promise<number> {
  const others = await othersOf(client, subscriptionId, payment.id);
  return others
    .filter(({ paidAt }) => paidAt !== null && payment.paidAt !== null && paidAt > payment.paidAt)
    .reduce((sum, other) => sum + keptMs(other), 0);
}

/**
 * Revokes what a payment bought, or a part of it: the subscription gets shorter, ends now, or is `revoked` when the
 * shop keeps no money for it any more. What other payments bought stays. The panel is to be told by a row of
 * `access_revocations`.
 *
 * @param revoked how much time and traffic, not more than the payment still gives
 */
export async function revokeAccess(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  revoked: Revoked,
  now: Date,
): Promise<void> {
  // Locked first, so that a renewal recorded at this moment is seen among those that stay.
  const subscription = (await queryRow(
    client,
    subscriptionToRevoke,
    `SELECT status, starts_at, expires_at, ${LIMIT_COLUMNS},
       (SELECT used_gb FROM subscription_usage g WHERE g.subscription_id = u.id) AS used_gb
     FROM subscriptions u WHERE id = $1 FOR UPDATE`,
    [subscriptionId],
  ))!;
  const others = await othersOf(client, subscriptionId, payment.id);
  if (subscription.status !== 'revoked') {
    if (revoked.everything && others.length === 0)
      await client.query(`UPDATE subscriptions SET status = 'revoked', updated_at = now() WHERE id = $1`, [
        subscriptionId,
      ]);
    else await shorten(client, payment, subscriptionId, subscription, { revoked, others, now });
  }
  await client.query(
    'UPDATE payments SET revoked_ms = revoked_ms + $2, revoked_gb = revoked_gb + $3, updated_at = now() WHERE id = $1',
    [payment.id, revoked.ms, revoked.gb],
  );
  await addAccessRevocation(client, subscriptionId, payment.id);
}

interface Shortening {
  readonly revoked: Revoked;
  readonly others: readonly StoredPayment[];
  readonly now: Date;
}

async function shorten(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  subscription: SubscriptionToRevoke,
  { revoked, others, now }: Shortening,
): Promise<void> {
  const expiresAt = new Date(
    Math.max(subscription.expiresAt.getTime() - revoked.ms, subscription.startsAt.getTime() + 1_000),
  );
  await client.query(
    `UPDATE subscriptions SET expires_at = $2, plan_code = coalesce($3, plan_code), status = $4, ${limitAssignments(5)}, updated_at = now()
     WHERE id = $1`,
    [
      subscriptionId,
      expiresAt,
      revoked.everything ? (others[0]?.planCode ?? null) : null,
      statusAfter(payment, subscription.status, expiresAt <= now, revoked),
      ...limitValues(
        limitsAfterRevocation(subscription, payment, revoked, { expiresAt, now, usedGb: subscription.usedGb }),
      ),
    ],
  );
}

function statusAfter(payment: LockedPayment, status: string, hasEnded: boolean, { everything }: Revoked): string {
  if (status !== 'pending' && status !== 'active') return status;
  // A delivered purchase that is cut short ends at once; a renewal that was never delivered leaves the end there was,
  // which is closed in its time.
  if (hasEnded && (status === 'pending' || payment.status === 'issued')) return 'expired';
  // What was never confirmed by a panel but lives on through other payments is as it was before: active.
  return everything ? 'active' : status;
}
