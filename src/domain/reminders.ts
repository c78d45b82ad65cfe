import { DAY_MS } from './duration';
import type { CalendarDay } from './calendar';

/** The reminders of a subscription's end, by how many calendar days before it each belongs, the earliest first. */
const REMINDERS = [
  { kind: 'reminder-3-days', days: 3 },
  { kind: 'reminder-1-day', days: 1 },
  { kind: 'reminder-today', days: 0 },
] as const;

export type ReminderKind = (typeof REMINDERS)[number]['kind'];

/** How far ahead the earliest reminder looks: whatever ends later than this is nobody's concern today. */
export const REMINDER_HORIZON_MS = (REMINDERS[0].days + 1) * DAY_MS;

export interface DueReminder {
  readonly kind: ReminderKind;
  /** What the words must say: calendar days from today to the end. After a missed day fewer than the reminder's own. */
  readonly daysLeft: number;
}

/**
 * The one reminder that fits today, if any.
 *
 * Days are those of the buyer's calendar: "tomorrow" has to be their tomorrow. A reminder fits when the period began
 * before the day it belongs to: a one-day trial is never told that three days are left, nor somebody who has renewed
 * this morning. A day without a run is caught up on the next one with the words of that day; two missed reminders make
 * one message.
 *
 * @param period `startedAt`: when it was bought or last renewed; `expiresAt`: its end
 * @param day calendar days in the buyer's time zone
 */
export function dueReminder(
  now: Date,
  period: { readonly startedAt: Date; readonly expiresAt: Date },
  day: CalendarDay,
): DueReminder | undefined {
  if (period.expiresAt <= now) return undefined;
  const lastDay = day(period.expiresAt);
  const daysLeft = lastDay - day(now);
  const reminder = REMINDERS.findLast(({ days }) => days >= daysLeft);
  if (!reminder || day(period.startedAt) >= lastDay - reminder.days) return undefined;
  return { kind: reminder.kind, daysLeft };
}

/**
 * What a message about this end of this subscription is claimed under: a renewal makes a new end, and with it new
 * messages.
 */
export function endSubject(subscriptionId: string, expiresAt: Date): string {
  return `${subscriptionId}:${expiresAt.getTime()}`;
}
