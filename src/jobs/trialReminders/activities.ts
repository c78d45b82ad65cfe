import { withProgress } from '../../activities/heartbeat';
import type { TellOwners } from '../../activities/ownerNotice';
import { utcDay } from '../../domain/duration';
import { endSubject } from '../../domain/reminders';
import { dueTrialReminder, TRIAL_REMINDER_LATEST_MS } from '../../domain/trialReminders';
import { grantAlertScreen } from '../../messages/screens/grantAlert';
import { trialReminderScreen } from '../../messages/screens/trialReminder';
import type { TrialNotice, TrialNoticesRepository } from '../../storage/postgres/trialNotices';
import type { BulkMessage } from '../bulkMessages/bulkSender';
import type { BulkPage } from '../bulkMessages/contract';
import { PAGE_ROWS, sendPage, startOfPage, type PageDependencies, type PageProgress } from '../bulkMessages/sendPage';
import type { TrialReminderActivities } from './contract';

export interface TrialReminderDependencies extends PageDependencies {
  readonly trialNotices: TrialNoticesRepository;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

export function createTrialReminderActivities(dependencies: TrialReminderDependencies): {
  main: object;
  bulk: TrialReminderActivities;
} {
  const { trialNotices, now } = dependencies;
  const messageFor = (row: TrialNotice): BulkMessage | undefined => {
    const kind = dueTrialReminder(now(), row);
    if (kind === undefined) return undefined;
    return {
      userId: row.userId,
      kind,
      subject: endSubject(row.id, row.expiresAt),
      subscriptionId: row.id,
      status: row.status,
      expiresAt: row.expiresAt,
      screen: () =>
        dueTrialReminder(now(), row) === kind
          ? trialReminderScreen({ kind, subscription: row }, row.language)
          : undefined,
    };
  };
  return {
    main: {},
    bulk: {
      sendTrialReminders: ({ after }) =>
        withProgress<PageProgress, BulkPage>(async (from, save, signal) => {
          if (after === null) await tellOrderedOut(dependencies);
          const start = from ?? startOfPage(after);
          const endAfter = new Date(now().getTime() - TRIAL_REMINDER_LATEST_MS);
          const rows = await trialNotices.endingAfter(endAfter, start.after, PAGE_ROWS - start.scanned);
          return sendPage({ dependencies, rows, start, messageFor, save, signal });
        }),
    },
  };
}

/** Tells the owners once a day that all trials are ordered, and for each person that their friends have theirs. */
async function tellOrderedOut({ trialNotices, tellOwners, now }: TrialReminderDependencies): Promise<void> {
  const { all, referrerIds } = await trialNotices.orderedOut(now());
  const tell = (about: 'spent' | 'friends-spent', userId: number, subject: string) =>
    tellOwners('attention', `trial:${about}:${subject}`, (language) =>
      grantAlertScreen({ request: { kind: 'trial', source: String(userId), userId }, about }, language),
    );
  const today = utcDay(now());
  // Its words name nobody.
  if (all) await tell('spent', 0, today);
  for (const referrerId of referrerIds) await tell('friends-spent', referrerId, `${referrerId}:${today}`);
}
