import type { PoolClient } from 'pg';
import type { Access } from '../../../domain/returns';
import { keptMs, type LockedPayment } from './locked';

interface Living {
  readonly status: string;
  readonly starts_at: Date;
  readonly expires_at: Date;
  readonly traffic_gb: number | null;
}

interface Other {
  readonly id: string;
  readonly plan_code: string;
  readonly days: number;
  readonly traffic_gb: number | null;
  readonly paid_at: Date | null;
  readonly revoked_ms: number;
  readonly revoked_gb: number;
}

export interface Taking extends Access {
  readonly everything: boolean;
}

/** The other payments whose money the shop keeps for this subscription, newest first. */
async function othersOf(client: PoolClient, subscriptionId: string, paymentId: string): Promise<Other[]> {
  const { rows } = await client.query<Other>(
    `SELECT id, plan_code, days, traffic_gb, paid_at, revoked_ms, revoked_gb FROM payments
     WHERE subscription_id = $1 AND id <> $2 AND status IN ('paid', 'delayed', 'issued') ORDER BY paid_at DESC`,
    [subscriptionId, paymentId],
  );
  return rows;
}

/** The time that payments made after this one give: it comes after this one's own, and is not this one's to lose. */
export async function laterMs(client: PoolClient, payment: LockedPayment, subscriptionId: string): Promise<number> {
  const others = await othersOf(client, subscriptionId, payment.id);
  return others
    .filter(({ paid_at }) => paid_at !== null && payment.paid_at !== null && paid_at > payment.paid_at)
    .reduce((sum, other) => sum + keptMs(other), 0);
}

/**
 * Takes back what a payment bought, or a part of it: the subscription gets shorter, ends now, or is revoked when the shop keeps no
 * money for it any more. What other payments bought stays. The panel is put down to be told.
 *
 * @param take how much time and traffic, not more than the payment still gives; `everything`: none of its money stays with the shop
 */
export async function takeBack(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  take: Taking,
  now: Date,
): Promise<void> {
  // Locked first, so that a renewal recorded at this moment is seen among those that stay.
  const { rows } = await client.query<Living>(
    'SELECT status, starts_at, expires_at, traffic_gb FROM subscriptions WHERE id = $1 FOR UPDATE',
    [subscriptionId],
  );
  const living = rows[0]!;
  const others = await othersOf(client, subscriptionId, payment.id);
  if (living.status !== 'revoked') {
    if (take.everything && others.length === 0)
      await client.query(`UPDATE subscriptions SET status = 'revoked', updated_at = now() WHERE id = $1`, [
        subscriptionId,
      ]);
    else await shorten(client, payment, subscriptionId, living, { take, others, now });
  }
  await client.query(
    'UPDATE payments SET revoked_ms = revoked_ms + $2, revoked_gb = revoked_gb + $3, updated_at = now() WHERE id = $1',
    [payment.id, take.ms, take.gb],
  );
  // A delivery may be half-way on the panel, and an earlier part refund may have told it something else: it is told (again).
  await client.query(
    `INSERT INTO access_revocations (server_code, panel_user_id, payment_id) SELECT server_code, panel_user_id, $2 FROM subscriptions WHERE id = $1
     ON CONFLICT (server_code, panel_user_id, payment_id) DO UPDATE SET done_at = NULL, created_at = now()`,
    [subscriptionId, payment.id],
  );
}

interface Shortening {
  readonly take: Taking;
  readonly others: readonly Other[];
  readonly now: Date;
}

async function shorten(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  living: Living,
  { take, others, now }: Shortening,
): Promise<void> {
  const expiresAt = new Date(Math.max(living.expires_at.getTime() - take.ms, living.starts_at.getTime() + 1_000));
  const open = living.status === 'pending' || living.status === 'active';
  const ended = expiresAt <= now;
  // A delivered purchase that is cut short ends at once; a renewal that was never delivered leaves the end there was, which is closed
  // in its time. What was never confirmed by a panel but lives on through other payments is as it was before: active.
  const endsNow = ended && (living.status === 'pending' || payment.status === 'issued');
  const status = !open ? living.status : endsNow ? 'expired' : take.everything ? 'active' : living.status;
  await client.query(
    'UPDATE subscriptions SET expires_at = $2, traffic_gb = $3, plan_code = coalesce($4, plan_code), status = $5, updated_at = now() WHERE id = $1',
    [
      subscriptionId,
      expiresAt,
      limitAfter(payment, living.traffic_gb, { take, others }),
      take.everything ? (others[0]?.plan_code ?? null) : null,
      status,
    ],
  );
}

/** The traffic limit without what goes. Without a limit of its own a payment says nothing about the limit before it. */
function limitAfter(
  payment: LockedPayment,
  limit: number | null,
  { take, others }: Omit<Shortening, 'now'>,
): number | null {
  if (payment.traffic_gb === null) {
    if (!take.everything || others.some(({ traffic_gb }) => traffic_gb === null)) return limit;
    return others.reduce((sum, { traffic_gb, revoked_gb }) => sum + (traffic_gb ?? 0) - revoked_gb, 0);
  }
  // To a panel 0 is no limit that means anything.
  return limit === null ? null : Math.max(limit - take.gb, 1);
}
