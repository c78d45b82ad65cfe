import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';
import { accessRevocationRow } from './tables/refunds';

/** An account whose panel must still be told that access was revoked, in whole or in part. */
export interface AccessRevocation {
  readonly id: number;
  readonly serverCode: string;
  readonly panelUserId: string;
}

const revocation = accessRevocationRow
  .pick({ id: true, server_code: true, panel_user_id: true })
  .transform((row): AccessRevocation => camelCased(row));

export type AccessRevocationsRepository = ReturnType<typeof createAccessRevocationsRepository>;

/** Revocations of access, each open until its panel has confirmed it. */
export function createAccessRevocationsRepository(db: Queryable) {
  return {
    openOf: (paymentId: string): Promise<AccessRevocation[]> =>
      queryRows(
        db,
        revocation,
        'SELECT id, server_code, panel_user_id FROM access_revocations WHERE payment_id = $1 AND done_at IS NULL ORDER BY id',
        [paymentId],
      ),

    /** All panels of this payment's revocations have to be told once more. */
    async reopen(paymentId: string): Promise<void> {
      await db.query('UPDATE access_revocations SET done_at = NULL WHERE payment_id = $1', [paymentId]);
    },

    async confirmed(id: number): Promise<void> {
      await db.query('UPDATE access_revocations SET done_at = now() WHERE id = $1', [id]);
    },
  };
}

/**
 * Adds the revocation of what a payment gave on the server where its subscription is now. One that its panel had
 * confirmed is open again: a delivery may be half-way on the panel, and an earlier part refund may have told it
 * something else.
 */
export async function addAccessRevocation(db: Queryable, subscriptionId: string, paymentId: string): Promise<void> {
  await db.query(
    `INSERT INTO access_revocations (server_code, panel_user_id, payment_id)
     SELECT server_code, panel_user_id, $2 FROM subscriptions WHERE id = $1
     ON CONFLICT (payment_id, server_code, panel_user_id) DO UPDATE SET done_at = NULL, created_at = now()`,
    [subscriptionId, paymentId],
  );
}
