/** What scheduled jobs and operators write down. */
import { z } from 'zod';
import { SERVER_TROUBLES } from '../../../domain/catalogue';
import { DRIFT_KINDS } from '../../../domain/panelDrift';
import { instant, jsonObject } from './columns';

export const installationRow = z.object({ id: z.string(), singleton: z.boolean() });

export const auditLogRow = z.object({
  id: z.number(),
  at: instant,
  actor: z.string(),
  action: z.string(),
  payment_id: z.string().nullable(),
  details: jsonObject,
});

export const panelSampleRow = z.object({
  id: z.number(),
  server_code: z.string(),
  at: instant,
  users: z.number(),
  online: z.number().nullable(),
  cpu_percent: z.number().nullable(),
  memory_used: z.number().nullable(),
  disk_used: z.number().nullable(),
  free_places: z.number().nullable(),
  traffic_gb: z.number(),
});

export const panelDriftRow = z.object({
  id: z.number(),
  run_id: z.string(),
  server_code: z.string(),
  kind: z.enum(DRIFT_KINDS),
  subscription_id: z.string().nullable(),
  panel_user_id: z.string(),
  found_at: instant,
  repaired_at: instant.nullable(),
  outcome: z.string().nullable(),
});

export const panelSyncStateRow = z.object({
  server_code: z.string(),
  run_id: z.string(),
  outcome: z.string(),
  failed_runs: z.number(),
  failing_since: instant.nullable(),
  list_failing_since: instant.nullable(),
  for_a_person: z.string().nullable(),
  for_a_person_since: instant.nullable(),
  updated_at: instant,
});

export const starChargeRow = z.object({
  charge_id: z.string(),
  payload: z.string(),
  payer_id: z.number(),
  stars: z.number(),
  charged_at: instant,
  refund_attempt: z.number().nullable(),
  refunded_at: instant.nullable(),
  recorded_at: instant,
});

export const ledgerCursorRow = z.object({
  provider: z.string(),
  list: z.string(),
  cursor: z.string(),
  read_at: instant,
});

/**
 * - `unknown-payment`: the provider has money for a payment that is not in our database
 * - `wrong-amount`: not the amount of our payment, and yet delivered
 * - `unknown-refund`: a refund of a payment that is not in our database
 * - `receipt-failed`, `receipt-late`: the money has moved, and its receipt (54-FZ) was refused, or is not registered
 *   after
 *   a day
 * - `unreadable-payment`, `unreadable-refund`: in the provider's list, but not in words we understand
 */
export const ANOMALY_KINDS = [
  'unknown-payment',
  'wrong-amount',
  'unknown-refund',
  'unreadable-payment',
  'unreadable-refund',
  'receipt-failed',
  'receipt-late',
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

export const moneyAnomalyRow = z.object({
  id: z.number(),
  kind: z.enum(ANOMALY_KINDS),
  provider: z.string(),
  provider_ref: z.string(),
  payment_id: z.string().nullable(),
  currency: z.string().nullable(),
  minor: z.number().nullable(),
  found_at: instant,
  told_at: instant.nullable(),
  resolved_at: instant.nullable(),
});

export const jobResultRow = z.object({ job: z.string(), ended_at: instant, result: jsonObject });

export const outageRow = z.object({
  id: z.number(),
  service: z.string(),
  server_code: z.string().nullable(),
  kind: z.enum(SERVER_TROUBLES),
  reason: z.string(),
  code: z.string().nullable(),
  began_at: instant,
  good_since: instant.nullable(),
  ended_at: instant.nullable(),
  told_at: instant.nullable(),
  end_told_at: instant.nullable(),
  shown: z.string().nullable(),
  telling_until: instant.nullable(),
});
