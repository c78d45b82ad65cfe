/** What the jobs that write to many people share. Histories hold counts and positions, never people. */

/** Messages that can wait: few at a time, so that they never take the slots of the work that moves money. */
export const BULK_TASK_QUEUE = 'gigabridge-telegram-bulk';

/** Where a list ordered by time was left; `at` is PostgreSQL's own text of a timestamp. */
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
  /** Telegram gave no readable answer: the message may have arrived, so it is not repeated. */
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

/** What came of one page of a list. */
export interface BulkPage {
  /** Rows looked at. */
  readonly scanned: number;
  readonly counts: BulkCounts;
  /** `null` when the list is at its end. */
  readonly next: ListPosition | null;
}

/** A new history long before the server's warning at 10,240 events; a page is about 6 of them. */
export const PAGES_PER_HISTORY = 300;
