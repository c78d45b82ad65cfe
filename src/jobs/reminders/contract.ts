import type { BulkCounts, BulkPage, ListPosition } from '../bulkMessages/contract';
import type { JobContract } from '../jobContract';

export const reminders = {
  workflow: 'subscriptionReminders',
  schedules: {
    'subscription-reminders': {
      timing: { dailyAt: [9, 0] },
      // A reminder in the evening is still good, one in the night is not; the next day's run catches up with its own
      // words.
      catchupMinutes: 8 * 60,
      limitMinutes: 10 * 60,
      jitterSeconds: 0,
      note: 'Tells buyers 3 days and 1 day before the end, and on the day; each at most once.',
    },
  },
} as const satisfies JobContract;

export interface ReminderActivities {
  /** How many subscriptions end soon enough to be looked at. */
  countEnding(): Promise<{ subscriptions: number }>;
}

export interface ReminderBulkActivities {
  /**
   * Looks at one page of ending subscriptions and sends what is due. An attempt after a kill goes on at the same row.
   */
  sendReminders(input: { after: ListPosition | null }): Promise<BulkPage>;
}

export interface RemindersSummary extends BulkCounts {
  readonly scanned: number;
  readonly seconds: number;
  /**
   * Telegram did not let the run come to its end in time; the next day's run tells the others, in the words of that
   * day.
   */
  readonly unfinished?: true;
}

/** Where a run goes on after continue-as-new; a schedule gives none. */
export interface RemindersInput {
  readonly resume?: {
    readonly startedMs: number;
    readonly after: ListPosition;
    readonly total: number;
    readonly scanned: number;
    readonly counts: BulkCounts;
  };
}
