import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow } from './query';
import { camelCased } from './tables/columns';
import { isAwaited } from './tables/deliveries';

const count = z.number();
/** Seconds since the oldest of them began; 0 when there is none. */
const age = z.number();

const moneyState = z
  .object({
    undelivered: count,
    undelivered_oldest_seconds: age,
    refunding: count,
    refunding_oldest_seconds: age,
    webhooks_unhandled: count,
    webhooks_unhandled_oldest_seconds: age,
    open_anomalies: count,
  })
  .transform(camelCased);

/** Money and news that are on their way, for the metrics. */
export type MoneyState = z.output<typeof moneyState>;

const oldest = (column: string) => `coalesce(extract(epoch FROM now() - min(${column})), 0)::float8`;

/**
 * Every part runs on an index of what is unfinished (`payments_unfinished`, `free_grants_undelivered`,
 * `refunds_incomplete`, `webhook_events_unhandled`, `money_anomalies_open`), so that a scrape every few seconds costs
 * nothing.
 */
export function createMoneyState(db: Queryable): () => Promise<MoneyState> {
  return async () => {
    const row = await queryRow(
      db,
      moneyState,
      `SELECT undelivered.*, refunding.*, webhooks.*,
         (SELECT count(*) FROM money_anomalies WHERE resolved_at IS NULL) AS open_anomalies
       FROM (SELECT count(*) AS undelivered, ${oldest('d.due_at')} AS undelivered_oldest_seconds
             FROM deliveries d WHERE ${isAwaited('d')}) undelivered,
            (SELECT count(*) AS refunding, ${oldest('at')} AS refunding_oldest_seconds
             FROM (SELECT coalesce((SELECT min(r.created_at) FROM refunds r WHERE r.payment_id = p.id), p.updated_at) AS at
                   FROM payments p WHERE p.status = 'refunding'
                   UNION ALL
                   SELECT created_at FROM refunds WHERE managed_by = 'refund' AND completed_at IS NULL) open) refunding,
            (SELECT count(*) AS webhooks_unhandled, ${oldest('received_at')} AS webhooks_unhandled_oldest_seconds
             FROM webhook_events WHERE handled_at IS NULL) webhooks`,
    );
    return row!;
  };
}
