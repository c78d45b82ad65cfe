import { log } from '@temporalio/activity';
import { reminderScreen } from '../../messages/screens/reminder';
import { createCalendar } from '../../domain/calendar';
import { dueReminder, endSubject, REMINDER_HORIZON_MS } from '../../domain/reminders';
import type { ExpiryNoticesRepository, ExpiringSubscription } from '../../storage/postgres/expiryNotices';
import type {
  BulkCounts,
  BulkPage,
  ReminderActivities,
  ReminderBulkActivities,
  ListPosition,
} from '../../workflows/contracts/reminders';
import { addCounts, NO_MESSAGES } from '../../workflows/contracts/reminders';
import { resumable } from '../heartbeat';
import { createBulkSender, type BulkMessage, type BulkSenderDeps } from './bulkSender';

export interface ReminderActivityDeps extends BulkSenderDeps {
  readonly expiryNotices: ExpiryNoticesRepository;
  readonly now: () => Date;
}

/** Rows of one activity; at Telegram's pace a page that is all due takes 40 s. */
export const PAGE = 1_000;

interface Position {
  readonly after: ListPosition | null;
  readonly scanned: number;
  readonly counts: BulkCounts;
}

/** Reminders: who is due is decided here, row by row, against the record of that moment. */
export function createReminderActivities(deps: ReminderActivityDeps): ReminderActivities & ReminderBulkActivities {
  const { expiryNotices, now } = deps;
  const calendar = createCalendar();

  const messageFor = (one: ExpiringSubscription): BulkMessage | undefined => {
    const dueNow = () => dueReminder(now(), one, calendar(one.timeZone));
    const due = dueNow();
    if (!due) return undefined;
    return {
      userId: one.userId,
      kind: due.kind,
      subject: endSubject(one.id, one.expiresAt),
      subscriptionId: one.id,
      status: 'active',
      expiresAt: one.expiresAt,
      // After a long pause it may be his next day: "tomorrow" would be wrong, the next run has the right words.
      screen: () =>
        dueNow()?.daysLeft === due.daysLeft
          ? reminderScreen({ subscription: one, daysLeft: due.daysLeft }, one.language)
          : undefined,
    };
  };

  return {
    async countEnding() {
      const from = now();
      return { subscriptions: await expiryNotices.countExpiring(from, new Date(from.getTime() + REMINDER_HORIZON_MS)) };
    },

    sendReminders: ({ after }) =>
      resumable<Position, BulkPage>(async (from, note, signal) => {
        const start = from ?? { after, scanned: 0, counts: NO_MESSAGES };
        const at = now();
        const rows = await expiryNotices.expiring(
          at,
          new Date(at.getTime() + REMINDER_HORIZON_MS),
          start.after,
          PAGE - start.scanned,
        );
        return sendPage({ deps, rows, start, full: start.scanned + rows.length >= PAGE, messageFor, note, signal });
      }),
  };
}

interface PageWork {
  readonly deps: BulkSenderDeps & { readonly expiryNotices: ExpiryNoticesRepository };
  readonly rows: readonly ExpiringSubscription[];
  readonly start: Position;
  /** Whether another page may follow. */
  readonly full: boolean;
  readonly messageFor: (row: ExpiringSubscription) => BulkMessage | undefined;
  readonly note: (position: Position) => void;
  readonly signal: AbortSignal;
}

/** One page of people: those already told are left out in one question, the others get their message in turn. */
export async function sendPage({ deps, rows, start, full, messageFor, note, signal }: PageWork): Promise<BulkPage> {
  const due = rows.flatMap((row, index) => {
    const message = messageFor(row);
    return message ? [{ row, index, message }] : [];
  });
  const begun = await deps.expiryNotices.begun(due.map(({ message }) => message));
  const fresh = due.filter(({ message }) => !begun.has(`${message.kind} ${message.subject}`));
  const reachable = fresh.filter(({ row }) => !row.unreachable);
  const before: BulkCounts = {
    ...NO_MESSAGES,
    sentBefore: due.length - fresh.length,
    unreachable: fresh.length - reachable.length,
  };

  const sender = createBulkSender({
    onRefused: ({ kind, subject }, code) => log.error('Telegram refused one of our messages', { kind, subject, code }),
    ...deps,
  });
  const counts = await sender.send(
    reachable.map(({ message }) => message),
    (done, sent) => {
      // Everything before the first message that is not done is done: an attempt after a kill begins there. What was sent
      // beyond it is found as "sent before".
      const index = done < reachable.length ? reachable[done]!.index : rows.length;
      if (index > 0)
        note({ after: rows[index - 1]!.cursor, scanned: start.scanned + index, counts: addCounts(start.counts, sent) });
    },
    signal,
  );
  return {
    scanned: start.scanned + rows.length,
    counts: addCounts(start.counts, addCounts(before, counts)),
    next: full ? (rows.at(-1)?.cursor ?? start.after) : null,
  };
}
