import type { Queryable } from './pool';

export interface Withdrawal {
  readonly id: number;
  readonly serverCode: string;
  readonly panelUserId: string;
}

export type WithdrawalsRepository = ReturnType<typeof createWithdrawalsRepository>;

/** Accounts that must be taken from (or set right on) a panel, until the panel has confirmed it. */
export function createWithdrawalsRepository(db: Queryable) {
  return {
    async openOf(paymentId: string): Promise<Withdrawal[]> {
      const { rows } = await db.query<{ id: number; server_code: string; panel_user_id: string }>(
        'SELECT id, server_code, panel_user_id FROM access_revocations WHERE payment_id = $1 AND done_at IS NULL ORDER BY id',
        [paymentId],
      );
      return rows.map((r) => ({ id: r.id, serverCode: r.server_code, panelUserId: r.panel_user_id }));
    },

    /** Everything of this payment is to be told to the panels once more. */
    async reopen(paymentId: string): Promise<void> {
      await db.query('UPDATE access_revocations SET done_at = NULL WHERE payment_id = $1', [paymentId]);
    },

    async done(id: number): Promise<void> {
      await db.query('UPDATE access_revocations SET done_at = now() WHERE id = $1', [id]);
    },
  };
}
