import type { PoolClient } from 'pg';
import { refundEntry } from '../../../domain/bookEntry';
import { takenOf, type RefundedShare } from '../../../domain/bookRefund';
import { grantOfSource, type Book } from '../../../domain/grantBook';
import type { SubscriptionStatus } from '../../../domain/subscription';
import { addAccessRevocation } from '../accessRevocations';
import { appendEntry, lockBook, type LockedBook } from '../grantBook';
import { promoUseOf } from '../promo/uses';
import { isAwaited } from '../tables/deliveries';
import type { LockedPayment } from './locked';

/** A refund of a payment, as the book takes it. */
interface RefundOfGrant {
  /** Its id: what was taken for it once is not taken again. */
  readonly refundId: string;
  /** What of the money goes back. */
  readonly kopecks: number;
  /**
   * Of what was paid, what this refund and those before it give back: the same share of the time and traffic is
   * revoked, at most what is ahead. `null`: none of the money stays with the shop, so all of it.
   */
  readonly share: RefundedShare | null;
}

/**
 * Revokes what a payment bought, or a part of it, and the same share of the days that its promo code gave: the
 * subscription gets shorter, ends now, or is `revoked` when the shop keeps no money for it any more. Only what is still
 * ahead is taken, and nothing that another grant gave. The panel is to be told by a row of `access_revocations`.
 *
 * @throws Error when the payment has no grant in the book
 */
export async function revokeAccess(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  { refundId, kopecks, share }: RefundOfGrant,
  now: Date,
): Promise<void> {
  const locked = await lockBook(client, subscriptionId);
  const { usedGb } = locked;
  const whole = share === null;
  const isDelivered = payment.status === 'issued';
  const hasDaysToCome = (!isDelivered && !whole) || (await hasOthersToDeliver(client, payment, subscriptionId));
  const bought = grantOfSource(locked.book, payment.id);
  const promoUseId = payment.promoDays === 0 ? undefined : await promoUseOf(client, payment.id);
  const given = promoUseId === undefined ? [] : [grantOfSource(locked.book, promoUseId)];
  let { entries, book } = locked;
  for (const { entry } of [bought, ...given]) {
    // As the entries before this one left it.
    const grant = grantOfSource(book, entry.source);
    const isBought = entry === bought.entry;
    const ahead = takenOf(book, grant, share, { now, usedGb, isDelivered });
    const taken = { ...ahead, kopecks: isBought ? kopecks : 0 };
    const source = isBought ? refundId : `${refundId}:${entry.kind}`;
    const refund = refundEntry(entry, taken, { source, at: now, usedGb });
    book = await appendEntry(client, { ...locked, entries }, refund, (left) =>
      statusAfter(locked, payment, left, { now, whole, hasDaysToCome }),
    );
    entries = [...entries, refund];
  }
  await addAccessRevocation(client, subscriptionId, payment.id);
}

/**
 * Whether the days of another payment, or of a free grant, for this subscription begin only with a delivery to come.
 */
async function hasOthersToDeliver(client: PoolClient, { id }: LockedPayment, subscriptionId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM deliveries d WHERE d.subscription_id = $1 AND d.id <> $2 AND ${isAwaited('d')} LIMIT 1`,
    [subscriptionId, id],
  );
  return rowCount === 1;
}

function statusAfter(
  { status }: LockedBook,
  payment: LockedPayment,
  left: Book,
  { now, whole, hasDaysToCome }: { readonly now: Date; readonly whole: boolean; readonly hasDaysToCome: boolean },
): SubscriptionStatus {
  if (left.grants.every((grant) => grant.whole)) return 'revoked';
  if (status !== 'pending' && status !== 'active') return status;
  // A delivered purchase that is cut short ends at once; a renewal that was never delivered leaves the end there was,
  // which is closed in its time. Not while other days are still to begin.
  if (left.expiresAt <= now && !hasDaysToCome && (status === 'pending' || payment.status === 'issued'))
    return 'expired';
  // What was never confirmed by a panel but lives on through other payments is as it was before: active.
  return whole ? 'active' : status;
}
