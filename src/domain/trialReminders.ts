import { DAY_MS, HOUR_MS } from './duration';

/** What somebody is told of their trial, instead of the reminders of a subscription. */
export type TrialReminder = 'trial-not-connected' | 'trial-1-day' | 'trial-ended';

/** A trial that nothing was bought for. */
export interface RunningTrial {
  readonly deliveredAt: Date;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** The panel has shown the account, and that nobody has ever used it. */
  readonly isUnused: boolean;
}

const NOT_CONNECTED_AFTER_MS = 2 * HOUR_MS;
/** Who is told of the last day has had at least half a day before it. */
const SHORTEST_WITH_LAST_DAY_MS = DAY_MS + 12 * HOUR_MS;
/** How late a message is still worth sending. */
export const TRIAL_REMINDER_LATEST_MS = DAY_MS;

/**
 * The one message that fits now, if any: 2 hours after the key when nobody has connected, 24 hours before the end, and
 * at the end. What was missed for longer than a day is not caught up.
 */
export function dueTrialReminder(now: Date, trial: RunningTrial): TrialReminder | undefined {
  const leftMs = trial.expiresAt.getTime() - now.getTime();
  if (leftMs <= 0) return leftMs > -TRIAL_REMINDER_LATEST_MS ? 'trial-ended' : undefined;
  const lengthMs = trial.expiresAt.getTime() - trial.startsAt.getTime();
  if (leftMs <= DAY_MS && lengthMs >= SHORTEST_WITH_LAST_DAY_MS) return 'trial-1-day';
  const sinceKeyMs = now.getTime() - trial.deliveredAt.getTime();
  const isTime = sinceKeyMs >= NOT_CONNECTED_AFTER_MS && sinceKeyMs < TRIAL_REMINDER_LATEST_MS;
  return trial.isUnused && isTime ? 'trial-not-connected' : undefined;
}
