import type { Pool } from 'pg';
import type { z } from 'zod';
import { queryRow, queryRows } from './query';
import { camelCased, columnNames } from './tables/columns';
import { starChargeRow } from './tables/operations';

const COLUMNS = columnNames(starChargeRow.shape).join(', ');
const starCharge = starChargeRow.transform(camelCased);

/** By the payload of an invoice, or by a charge's own id. */
const OF_REF = '(payload = $1 OR charge_id = $1)';

/** Telegram Stars that somebody has paid. */
export type StarCharge = z.output<typeof starCharge>;

export type NewStarCharge = Pick<StarCharge, 'chargeId' | 'payload' | 'payerId' | 'stars' | 'chargedAt'>;

export type StarChargesRepository = ReturnType<typeof createStarChargesRepository>;

/** Payments in Telegram Stars, by the id that Telegram gives each of them. */
export function createStarChargesRepository(pool: Pool) {
  const charges = (where: string, values: readonly unknown[]) =>
    queryRows(
      pool,
      starCharge,
      `SELECT ${COLUMNS} FROM star_charges WHERE ${where} ORDER BY charged_at, charge_id`,
      values,
    );

  return {
    /** Writes a charge down; a repeat changes nothing. @returns whether it was new */
    async record({ chargeId, payload, payerId, stars, chargedAt }: NewStarCharge): Promise<boolean> {
      const { rowCount } = await pool.query(
        `INSERT INTO star_charges (charge_id, payload, payer_id, stars, charged_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (charge_id) DO NOTHING`,
        [chargeId, payload, payerId, stars, chargedAt],
      );
      return rowCount === 1;
    },

    /** The Stars of a charge have gone back. @returns its payload; `undefined` for a charge that is not known */
    async recordRefunded(chargeId: string, at: Date): Promise<string | undefined> {
      const row = await queryRow(
        pool,
        starChargeRow.pick({ payload: true }),
        'UPDATE star_charges SET refunded_at = coalesce(refunded_at, $2) WHERE charge_id = $1 RETURNING payload',
        [chargeId, at],
      );
      return row?.payload;
    },

    /**
     * The charge that this attempt of a refund gives back: chosen once, and written down before Telegram is asked. One
     * that an earlier attempt was refused for is chosen again when there is no other.
     * @returns `undefined` when everything has gone back
     */
    async chooseForRefund(ref: string, attempt: number): Promise<StarCharge | undefined> {
      const [chosen] = await charges(`${OF_REF} AND refund_attempt = $2`, [ref, attempt]);
      return (
        chosen ??
        (await queryRow(
          pool,
          starCharge,
          `UPDATE star_charges SET refund_attempt = $2 WHERE charge_id = (
             SELECT charge_id FROM star_charges
             WHERE ${OF_REF} AND refunded_at IS NULL AND coalesce(refund_attempt < $2, true)
             ORDER BY refund_attempt NULLS FIRST, charged_at DESC, charge_id LIMIT 1 FOR UPDATE)
           RETURNING ${COLUMNS}`,
          [ref, attempt],
        ))
      );
    },

    byId: async (chargeId: string): Promise<StarCharge | undefined> => (await charges('charge_id = $1', [chargeId]))[0],

    /** Everything that was paid for one invoice, oldest first; or one charge, by its id. */
    ofRef: (ref: string): Promise<StarCharge[]> => charges(OF_REF, [ref]),
  };
}
