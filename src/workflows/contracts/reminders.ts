/** What `subscriptionReminders` asks of the outside. Histories hold counts and positions, never people. */

/** Where a list ordered by time was left; `at` is PostgreSQL's own text. */
export interface ListPosition {
  readonly at: string;
  readonly id: string;
}

/** How the messages of a page, or of a whole run, ended. */
export interface BulkCounts {
  readonly sent: number;
  /** Begun before, by this run or another, so never sent twice; or renewed or out of date when its turn came. */
  readonly sentBefore: number;
  /** People the bot can't write to; those found out now are marked. */
  readonly unreachable: number;
  /** Telegram gave no readable answer: it may have arrived, so it is not repeated. */
  readonly doubtful: number;
  /** Telegram refused the message itself: a fault of ours, in the log. */
  readonly refused: number;
}

export const NO_MESSAGES: BulkCounts = { sent: 0, sentBefore: 0, unreachable: 0, doubtful: 0, refused: 0 };

export function addCounts(a: BulkCounts, b: BulkCounts): BulkCounts {
  return {
    sent: a.sent + b.sent,
    sentBefore: a.sentBefore + b.sentBefore,
    unreachable: a.unreachable + b.unreachable,
    doubtful: a.doubtful + b.doubtful,
    refused: a.refused + b.refused,
  };
}

export interface BulkPage {
  /** Rows looked at. */
  readonly scanned: number;
  readonly counts: BulkCounts;
  /** `null` when the list is at its end. */
  readonly next: ListPosition | null;
}

export interface ReminderActivities {
  /** How many subscriptions end soon enough to be looked at. */
  countEnding(): Promise<{ subscriptions: number }>;
}

export interface ReminderBulkActivities {
  /** Looks at one page of ending subscriptions and sends what is due. Taken up at the same row after a kill. */
  sendReminders(input: { after: ListPosition | null }): Promise<BulkPage>;
}

export interface RemindersSummary extends BulkCounts {
  readonly scanned: number;
  readonly seconds: number;
  /** Telegram did not let the run come to its end in time; the next day's run tells the others, in the words of that day. */
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
