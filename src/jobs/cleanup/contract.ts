import type { JobContract } from '../jobContract';

export interface CleanupInput {
  readonly what: 'fsm' | 'cache' | 'payments';
}

/** Three schedules of one workflow. */
export const cleanup = {
  workflow: 'cleanup',
  schedules: {
    'cleanup-fsm': {
      timing: { everyMinutes: 60 },
      catchupMinutes: 30,
      limitMinutes: 120,
      jitterSeconds: 120,
      input: { what: 'fsm' },
      note: 'Removes dialogs and sessions in Redis that never expire or can’t be read.',
    },
    'cleanup-cache': {
      timing: { dailyAt: [3, 30] },
      catchupMinutes: 6 * 60,
      limitMinutes: 6 * 60,
      jitterSeconds: 300,
      input: { what: 'cache' },
      note: 'Removes cache entries and payment data in Redis that never expire or can’t be read.',
    },
    'cleanup-payments': {
      timing: { dailyAt: [4, 0], weekday: 'SUNDAY' },
      catchupMinutes: 2 * 24 * 60,
      limitMinutes: 24 * 60,
      jitterSeconds: 300,
      input: { what: 'payments' },
      note: 'Closes abandoned payments on the provider’s word; removes what is past its retention.',
    },
  },
} as const satisfies JobContract<CleanupInput>;

export interface SweptRedis {
  readonly scanned: number;
  /** Keys of ours that would never have expired. */
  readonly withoutExpiry: number;
  readonly unreadable: number;
  /** Keys of somebody else that never expire: reported, not touched. */
  readonly foreign: number;
}

/** Rows that are kept for a limited time, by what they are. */
export const RETAINED_KINDS = [
  'webhooks',
  'provider-requests',
  'people',
  'notifications',
  'panel-samples',
  'panel-drift',
  'access-revocations',
] as const;
export type RetainedKind = (typeof RETAINED_KINDS)[number];

export interface CleanupActivities {
  sweepRedis(input: { database: 'fsm' | 'cache' }): Promise<SweptRedis>;
  /** Old open payments: closed where no provider was asked, asked about where one was. */
  checkAbandonedPayments(input: {
    after: string | null;
  }): Promise<{ checked: number; closed: number; next: string | null }>;
  /** Removes (or, for people, anonymises) what is past its retention, in small batches. */
  removeOld(input: { what: RetainedKind }): Promise<{ removed: number }>;
}

export type CleanupSummary =
  | ({ readonly what: 'fsm' | 'cache' } & SweptRedis)
  | {
      readonly what: 'payments';
      readonly checked: number;
      readonly closed: number;
      readonly removed: Readonly<Record<RetainedKind, number>>;
    };
