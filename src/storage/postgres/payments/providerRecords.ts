import type { Pool } from 'pg';
import type { Payment } from '../../../domain/payment';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { providerRequestRow } from '../tables/payments';
import { eventInsertion, type VerdictEvent } from './events';

const storedRequest = providerRequestRow.pick({ body: true, first_sent_at: true }).transform((row) => camelCased(row));

/** The calls to providers made for payments, and what they say of them. */
export function providerRecords(pool: Pool) {
  return {
    /**
     * Stores a call that could move money before it is sent; a repeat gets the very same body back.
     * @returns the body to send, and when it was first about to be sent
     */
    async storeRequest(
      key: string,
      paymentId: string,
      operation: 'create-payment' | 'create-refund',
      body: unknown,
    ): Promise<{ body: unknown; firstSentAt: Date }> {
      const stored = await queryRow(
        pool,
        storedRequest,
        `INSERT INTO provider_requests AS r (idempotence_key, payment_id, operation, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (idempotence_key) DO UPDATE SET idempotence_key = r.idempotence_key
         RETURNING body, first_sent_at`,
        [key, paymentId, operation, JSON.stringify(body)],
      );
      return stored!;
    },

    /** A call as it was stored. @returns `undefined` for one that was not */
    storedRequest: (key: string): Promise<{ body: unknown; firstSentAt: Date } | undefined> =>
      queryRow(pool, storedRequest, 'SELECT body, first_sent_at FROM provider_requests WHERE idempotence_key = $1', [
        key,
      ]),

    /** Records what came back for a stored call: an id, or an error's class. */
    async recordRequestAnswer(key: string, answer: string): Promise<void> {
      await pool.query('UPDATE provider_requests SET answered_at = now(), answer = $2 WHERE idempotence_key = $1', [
        key,
        answer,
      ]);
    },

    /** The link is there: created → pending. Repeating it changes nothing. */
    async recordLink(
      id: string,
      link: {
        providerRef: string;
        /** The provider's name of the account that it was made at. */
        shopId?: string;
        confirmationUrl: string | null;
        /** `null`: nobody knows, or for ever. */
        payableUntil: Date | null;
        /** Whether a receipt goes with it. */
        hasReceipt?: boolean;
      },
    ): Promise<void> {
      await pool.query(
        `UPDATE payments SET provider_ref = $2, confirmation_url = $3, payable_until = $4, provider_account = $6,
           receipt_registration = coalesce(receipt_registration, $5),
           status = CASE WHEN status = 'created' THEN 'pending' ELSE status END, updated_at = now() WHERE id = $1`,
        [
          id,
          link.providerRef,
          link.confirmationUrl,
          link.payableUntil,
          link.hasReceipt ? 'pending' : null,
          link.shopId ?? null,
        ],
      );
    },

    /**
     * What the provider last said, and when it was asked on somebody's word.
     * @param verdictEvent becomes an event of the timeline
     */
    async recordProviderStatus(
      { id, provider }: Pick<Payment, 'id' | 'provider'>,
      providerStatus: string,
      verdictEvent?: VerdictEvent,
    ): Promise<void> {
      const update = 'UPDATE payments SET provider_status = $2, checked_at = now(), updated_at = now() WHERE id = $1';
      if (verdictEvent === undefined) await pool.query(update, [id, providerStatus]);
      else
        await pool.query(`WITH ${eventInsertion(3)} ${update}`, [
          id,
          providerStatus,
          provider,
          verdictEvent.event,
          JSON.stringify(verdictEvent.details),
        ]);
    },
  };
}
