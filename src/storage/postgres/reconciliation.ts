import type { Pool } from 'pg';
import { z } from 'zod';
import type { ProviderId, ProviderKey } from '../../domain/provider';
import type { Money } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import { paymentView, SELECT_PAYMENT } from './payments/rows';
import { queryRow, queryRows } from './query';
import { camelCased, type CamelCased } from './tables/columns';
import { moneyAnomalyRow, ledgerCursorRow, type AnomalyKind } from './tables/operations';
import { refundRow } from './tables/refunds';

const anomaly = moneyAnomalyRow
  .omit({ told_at: true, resolved_at: true })
  .transform(({ currency, minor, ...row }): CamelCased<typeof row> & { readonly amount: Money | null } => ({
    ...camelCased(row),
    amount: currency === null || minor === null ? null : { currency, minor },
  }));

/** Money that the database can't explain. */
export type Anomaly = z.output<typeof anomaly>;

export interface NewAnomaly {
  readonly kind: AnomalyKind;
  readonly provider: ProviderId;
  /** The provider's id of the payment or refund. */
  readonly providerRef: string;
  readonly paymentId: string | null;
  /** `null`: it can't be read. */
  readonly amount: Money | null;
}

/** More than this nobody reads. */
const MOST_SHOWN = 200;

export type ReconciliationRepository = ReturnType<typeof createReconciliationRepository>;

/** The comparison of providers' lists with the database, and the money that it could not explain. */
export function createReconciliationRepository(pool: Pool) {
  return {
    /** Up to where a list of a provider has been compared; `null` before the first time. */
    async ledgerCursor(provider: ProviderId, list: string): Promise<string | null> {
      const read = await queryRow(
        pool,
        ledgerCursorRow.pick({ cursor: true }),
        'SELECT cursor FROM ledger_cursors WHERE provider = $1 AND list = $2',
        [provider, list],
      );
      return read?.cursor ?? null;
    },

    /** Of two runs that began at the same place the first one to end counts, so that it never goes back. */
    async keepLedgerCursor(read: {
      provider: ProviderId;
      list: string;
      from: string | null;
      cursor: string;
    }): Promise<void> {
      await pool.query(
        `INSERT INTO ledger_cursors AS l (provider, list, cursor, read_at) VALUES ($1, $4, $3, now())
         ON CONFLICT (provider, list) DO UPDATE SET cursor = excluded.cursor, read_at = excluded.read_at
           WHERE l.cursor IS NOT DISTINCT FROM $2`,
        [read.provider, read.from, read.cursor, read.list],
      );
    },

    /** Our payments behind a page of a provider's, found by its ids and by ours that it claims to be about. */
    matching: (providerRefs: readonly string[], paymentIds: readonly string[]): Promise<Payment[]> =>
      queryRows(pool, paymentView, `${SELECT_PAYMENT} WHERE p.provider_ref = ANY($1) OR p.id = ANY($2::uuid[])`, [
        providerRefs,
        paymentIds,
      ]),

    /** Which of a provider's refunds are of our own making. */
    async knownRefunds(provider: ProviderId, providerRefs: readonly string[]): Promise<Set<string>> {
      const rows = await queryRows(
        pool,
        refundRow.pick({ provider_ref: true }),
        'SELECT provider_ref FROM refunds WHERE provider = $1 AND provider_ref = ANY($2)',
        [provider, providerRefs],
      );
      return new Set(rows.map((r) => r.provider_ref!));
    },

    /** Payments that are not at their end and that nobody touched since `before`, in the order of their ids. */
    unfinished: (before: Date, after: string | null, limit: number): Promise<Payment[]> =>
      queryRows(
        pool,
        paymentView,
        `${SELECT_PAYMENT} WHERE p.status NOT IN ('issued', 'refunded', 'canceled', 'expired') AND p.updated_at < $1
           ${after === null ? '' : 'AND p.id > $3'} ORDER BY p.id LIMIT $2`,
        [before, limit, ...(after === null ? [] : [after])],
      ),

    /**
     * Closes a payment that its provider was never asked about and that is older than `before`: without a call nobody
     * can have paid.
     * @returns whether it was closed
     */
    async closeNeverAsked(paymentId: string, before: Date): Promise<boolean> {
      const { rowCount } = await pool.query(
        `UPDATE payments SET status = 'canceled', reason = 'abandoned', ended_at = now(), updated_at = now()
         WHERE id = $1 AND status = 'created' AND provider_ref IS NULL AND created_at < $2
           AND NOT EXISTS (SELECT 1 FROM provider_requests r WHERE r.payment_id = payments.id)`,
        [paymentId, before],
      );
      return rowCount === 1;
    },

    /** Records money that can't be explained. @returns false when it was known before */
    async raise({ kind, provider, providerRef, paymentId, amount }: NewAnomaly): Promise<boolean> {
      const { rowCount } = await pool.query(
        `INSERT INTO money_anomalies (kind, provider, provider_ref, payment_id, currency, minor) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (kind, provider, provider_ref) DO NOTHING`,
        [kind, provider, providerRef, paymentId, amount?.currency ?? null, amount?.minor ?? null],
      );
      return rowCount === 1;
    },

    async countOpen(): Promise<number> {
      const counted = z.object({ count: z.number() });
      const row = await queryRow(pool, counted, 'SELECT count(*) FROM money_anomalies WHERE resolved_at IS NULL');
      return row!.count;
    },

    /** Open ones, oldest first; no more than a person reads. */
    openAnomalies: (): Promise<Anomaly[]> =>
      queryRows(
        pool,
        anomaly,
        `SELECT * FROM money_anomalies WHERE resolved_at IS NULL ORDER BY id LIMIT ${MOST_SHOWN}`,
      ),

    /** Open ones that the owner has not been told of, oldest first. */
    untold: (limit: number): Promise<Anomaly[]> =>
      queryRows(
        pool,
        anomaly,
        'SELECT * FROM money_anomalies WHERE resolved_at IS NULL AND told_at IS NULL ORDER BY id LIMIT $1',
        [limit],
      ),

    async told(id: number): Promise<void> {
      await pool.query('UPDATE money_anomalies SET told_at = coalesce(told_at, now()) WHERE id = $1', [id]);
    },

    /**
     * Where an id that a person gives stands open. @param named a provider's id of money, alone or as `PROVIDER:ID`
     * @returns one for each provider that has it
     */
    openNamed: (named: string): Promise<ProviderKey[]> =>
      queryRows(
        pool,
        moneyAnomalyRow.pick({ provider: true, provider_ref: true }).transform((row) => camelCased(row)),
        `SELECT DISTINCT provider, provider_ref FROM money_anomalies
         WHERE resolved_at IS NULL AND (provider_ref = $1 OR provider || ':' || provider_ref = $1) ORDER BY provider`,
        [named],
      ),

    /**
     * A person has explained the money behind this id of a provider's.
     * @param kind only what was found as this
     * @returns the payment it is about (`null`: none); `undefined` when there is no such open anomaly
     */
    async resolveAnomaly(
      { provider, providerRef }: ProviderKey,
      kind: AnomalyKind | null = null,
    ): Promise<string | null | undefined> {
      const resolved = await queryRow(
        pool,
        moneyAnomalyRow.pick({ payment_id: true }),
        `UPDATE money_anomalies SET resolved_at = now()
         WHERE provider = $1 AND provider_ref = $2 AND kind = coalesce($3, kind) AND resolved_at IS NULL
         RETURNING payment_id`,
        [provider, providerRef, kind],
      );
      return resolved?.payment_id;
    },
  };
}
