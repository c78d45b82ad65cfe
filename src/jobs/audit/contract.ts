import type { JobContract } from '../jobContract';

export const audit = {
  workflow: 'audit',
  schedules: {
    audit: {
      timing: { everyMinutes: 360 },
      catchupMinutes: 60,
      limitMinutes: 120,
      jitterSeconds: 300,
      note: 'Compares the payment providers, the database and the panels as `npm run audit` does; tells the owner of differences.',
    },
  },
} as const satisfies JobContract;

export interface AuditSummary {
  readonly payments: number;
  /** How many differences of each kind there are. */
  readonly differences: Readonly<Record<string, number>>;
  /** What is in none of its places, by provider and currency, in its smallest unit; only what is not 0. */
  readonly unaccounted: Readonly<Record<string, number>>;
}

export interface AuditActivities {
  /** Reads and compares, stores the result for the metrics, and tells the owner of differences not told before. */
  compareBooks(): Promise<AuditSummary>;
}
