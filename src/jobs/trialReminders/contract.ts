import type { BulkCounts, BulkPage, ListPosition } from '../bulkMessages/contract';
import type { JobContract } from '../jobContract';

export const trialReminders = {
  workflow: 'trialReminders',
  schedules: {
    'trial-reminders': {
      timing: { everyMinutes: 15 },
      catchupMinutes: 10,
      limitMinutes: 60,
      jitterSeconds: 30,
      note: 'Tells people of their trial: 2 h after the key if nobody connected, a day before its end, at its end; each once.',
    },
  },
} as const satisfies JobContract;

export interface TrialReminderActivities {
  /** Looks at one page of trials and sends what is due. An attempt after a kill goes on at the same row. */
  sendTrialReminders(input: { after: ListPosition | null }): Promise<BulkPage>;
}

export interface TrialRemindersSummary extends BulkCounts {
  readonly scanned: number;
}
