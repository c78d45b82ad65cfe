/**
 * The columns of a plan's grant. `plans`, `trials`, `vouchers` and `payments` have all of them, `grant_entries` and
 * `subscriptions` those of its limits. The names of the columns come from here in every statement that copies or writes
 * a grant.
 */
import { z } from 'zod';
import type { PlanGrant, PlanLimits, SubscriptionLimits } from '../../../domain/grant';
import { columnNames, columnParameters, columnValues, instant, snakeCased, type Columns } from './columns';

export const planLimitColumns = { traffic_gb: z.number().nullable() } satisfies Columns<PlanLimits>;
export const limitColumns = {
  ...planLimitColumns,
  unlimited_until: instant.nullable(),
  later_traffic_gb: z.number(),
} satisfies Columns<SubscriptionLimits>;
export const grantColumns = { days: z.number(), ...planLimitColumns } satisfies Columns<PlanGrant>;

/** `days, traffic_gb`: for statements that copy or select a grant. */
export const GRANT_COLUMNS = columnNames(grantColumns).join(', ');
const LIMITS = columnNames(limitColumns);
export const LIMIT_COLUMNS = LIMITS.join(', ');
export const LIMITS_COUNT = LIMITS.length;

/** The values of `GRANT_COLUMNS`, in their order. */
export function grantValues(grant: PlanGrant): unknown[] {
  return columnValues(grant, grantColumns);
}

/** `$4, $5`: the parameters for `grantValues` whose first one is `$first`. */
export function grantParameters(first: number): string {
  return columnParameters(grantColumns, first);
}

/** A grant by its columns. */
export function grantRow(grant: PlanGrant) {
  return snakeCased(grant, grantColumns);
}

/** The values of `LIMIT_COLUMNS`, in their order. */
export function limitValues(limits: SubscriptionLimits): unknown[] {
  return columnValues(limits, limitColumns);
}

/** `$4, $5`: the parameters for `limitValues` whose first one is `$first`. */
export function limitParameters(first: number): string {
  return columnParameters(limitColumns, first);
}

/** `traffic_gb = $4`: the same as assignments of an UPDATE. */
export function limitAssignments(first: number): string {
  return LIMITS.map((column, index) => `${column} = $${first + index}`).join(', ');
}
