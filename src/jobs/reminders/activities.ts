import { withProgress } from '../../activities/heartbeat';
import { reminderScreen } from '../../messages/screens/reminder';
import { createCalendar } from '../../domain/calendar';
import { dueReminder, endSubject, REMINDER_HORIZON_MS } from '../../domain/reminders';
import type { ExpiringSubscription } from '../../storage/postgres/expiryNotices';
import type { BulkMessage } from '../bulkMessages/bulkSender';
import type { BulkPage } from '../bulkMessages/contract';
import { PAGE_ROWS, sendPage, startOfPage, type PageDependencies, type PageProgress } from '../bulkMessages/sendPage';
import type { ReminderActivities, ReminderBulkActivities } from './contract';

export interface ReminderDependencies extends PageDependencies {
  readonly now: () => Date;
}

/** Reminders: who gets one is decided here, row by row, by what the database says when the row's turn comes. */
export function createReminderActivities(dependencies: ReminderDependencies): {
  main: ReminderActivities;
  bulk: ReminderBulkActivities;
} {
  const { expiryNotices, now } = dependencies;
  const messageFor = createReminderMessages(now);
  return {
    main: {
      async countEnding() {
        const from = now();
        return {
          subscriptions: await expiryNotices.countExpiring(from, new Date(from.getTime() + REMINDER_HORIZON_MS)),
        };
      },
    },
    bulk: {
      sendReminders: ({ after }) =>
        withProgress<PageProgress, BulkPage>(async (from, save, signal) => {
          const start = from ?? startOfPage(after);
          const at = now();
          const until = new Date(at.getTime() + REMINDER_HORIZON_MS);
          const rows = await expiryNotices.expiring(at, until, start.after, PAGE_ROWS - start.scanned);
          return sendPage({ dependencies, rows, start, messageFor, save, signal });
        }),
    },
  };
}

function createReminderMessages(now: () => Date): (row: ExpiringSubscription) => BulkMessage | undefined {
  const calendar = createCalendar();
  return (row) => {
    const dueNow = () => dueReminder(now(), row, calendar(row.timeZone));
    const due = dueNow();
    if (!due) return undefined;
    return {
      userId: row.userId,
      kind: due.kind,
      subject: endSubject(row.id, row.expiresAt),
      subscriptionId: row.id,
      status: 'active',
      expiresAt: row.expiresAt,
      // After a long pause it may be the buyer's next day: "tomorrow" would be wrong, the next run has the right words.
      screen: () =>
        dueNow()?.daysLeft === due.daysLeft
          ? reminderScreen({ subscription: row, daysLeft: due.daysLeft }, row.language)
          : undefined,
    };
  };
}
