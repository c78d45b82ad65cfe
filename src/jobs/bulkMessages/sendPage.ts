import { log } from '@temporalio/activity';
import type { ExpiryNoticesRepository, ExpiringSubscription } from '../../storage/postgres/expiryNotices';
import { createBulkSender, type BulkMessage, type BulkSenderDependencies } from './bulkSender';
import { addCounts, NO_MESSAGES, type BulkCounts, type BulkPage, type ListPosition } from './contract';

/** Rows of one activity; within Telegram's limit a page that is all due takes 40 s. */
export const PAGE_ROWS = 1_000;

/** How far a page has come; an attempt after a kill goes on there. */
export interface PageProgress {
  readonly after: ListPosition | null;
  readonly scanned: number;
  readonly counts: BulkCounts;
}

export function startOfPage(after: ListPosition | null): PageProgress {
  return { after, scanned: 0, counts: NO_MESSAGES };
}

export interface PageDependencies extends BulkSenderDependencies {
  readonly expiryNotices: ExpiryNoticesRepository;
}

export interface PageWork<Row extends ExpiringSubscription> {
  readonly dependencies: PageDependencies;
  /** At most `PAGE_ROWS` less what `start` has scanned; fewer than that end the list. */
  readonly rows: readonly Row[];
  readonly start: PageProgress;
  /** `undefined`: this row gets no message. */
  readonly messageFor: (row: Row) => BulkMessage | undefined;
  readonly save: (progress: PageProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends one page of messages: people already told are left out by one query, the others get their message in turn.
 * @throws GatewayError when Telegram is not there or does not take the bot's token
 */
export async function sendPage<Row extends ExpiringSubscription>({
  dependencies,
  rows,
  start,
  messageFor,
  save,
  signal,
}: PageWork<Row>): Promise<BulkPage> {
  const due = rows.flatMap((row, index) => {
    const message = messageFor(row);
    return message ? [{ row, index, message }] : [];
  });
  const begun = await dependencies.expiryNotices.begun(due.map(({ message }) => message));
  const fresh = due.filter(({ message }) => !begun.has(`${message.kind} ${message.subject}`));
  const reachable = fresh.filter(({ row }) => !row.unreachable);
  const notSent: BulkCounts = {
    ...NO_MESSAGES,
    sentBefore: due.length - fresh.length,
    unreachable: fresh.length - reachable.length,
  };

  const sender = createBulkSender({
    onRefused: ({ kind, subject }, code) =>
      log.error('Telegram refused a message of the shop', { kind, subject, code }),
    ...dependencies,
  });
  const counts = await sender.send(
    reachable.map(({ message }) => message),
    (done, sent) => {
      // Everything before the first message that is not done is done: an attempt after a kill begins there. What was
      // sent beyond it is found as "sent before".
      const index = done < reachable.length ? reachable[done]!.index : rows.length;
      if (index > 0)
        save({ after: rows[index - 1]!.cursor, scanned: start.scanned + index, counts: addCounts(start.counts, sent) });
    },
    signal,
  );
  const scanned = start.scanned + rows.length;
  return {
    scanned,
    counts: addCounts(start.counts, addCounts(notSent, counts)),
    next: scanned >= PAGE_ROWS ? (rows.at(-1)?.cursor ?? start.after) : null,
  };
}
