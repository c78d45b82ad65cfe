import { describe, expect, it } from '@jest/globals';
import { createCalendar } from '../../src/domain/calendar';
import { dueReminder, endSubject } from '../../src/domain/reminders';

const moscow = createCalendar()('Europe/Moscow');
const at = (text: string) => new Date(`${text}Z`);

/** Every reminder of a subscription, asked for day by day at 09:00 UTC as the schedule does. */
function toldDaily(startedAt: Date, expiresAt: Date, skip: readonly string[] = []) {
  const told: string[] = [];
  const begun = new Set<string>();
  for (
    let day = new Date(`${startedAt.toISOString().slice(0, 10)}T09:00:00Z`);
    day < expiresAt;
    day = new Date(day.getTime() + 86_400_000)
  ) {
    if (day < startedAt || skip.includes(day.toISOString().slice(0, 10))) continue;
    const due = dueReminder(day, { startedAt, expiresAt }, moscow);
    if (!due || begun.has(due.kind)) continue;
    begun.add(due.kind);
    told.push(`${day.toISOString().slice(5, 10)} ${due.kind} ${due.daysLeft}`);
  }
  return told;
}

describe('reminders of one subscription', () => {
  it('a month: three days before, the day before, and on the day', () => {
    expect(toldDaily(at('2026-03-01T15:00'), at('2026-03-31T15:00'))).toEqual([
      '03-28 reminder-3-days 3',
      '03-30 reminder-1-day 1',
      '03-31 reminder-today 0',
    ]);
  });

  it('one that ends in the early morning gets no word on the day: at 09:00 it has ended', () => {
    expect(toldDaily(at('2026-03-01T04:00'), at('2026-03-31T04:00'))).toEqual([
      '03-28 reminder-3-days 3',
      '03-30 reminder-1-day 1',
    ]);
  });

  it('a one-day trial is told on its last day, and never that days are left', () => {
    expect(toldDaily(at('2026-03-01T15:00'), at('2026-03-02T15:00'))).toEqual(['03-02 reminder-today 0']);
  });

  it('a three-day plan is not told "three days left" on the day it was bought', () => {
    expect(toldDaily(at('2026-03-01T06:00'), at('2026-03-04T15:00'))).toEqual([
      '03-03 reminder-1-day 1',
      '03-04 reminder-today 0',
    ]);
  });

  it('a missed day is caught up with the words of the day it is caught up on', () => {
    expect(toldDaily(at('2026-03-01T15:00'), at('2026-03-31T15:00'), ['2026-03-28'])).toEqual([
      '03-29 reminder-3-days 2',
      '03-30 reminder-1-day 1',
      '03-31 reminder-today 0',
    ]);
  });

  it('two missed days make one message, not two', () => {
    expect(toldDaily(at('2026-03-01T15:00'), at('2026-03-31T15:00'), ['2026-03-28', '2026-03-29'])).toEqual([
      '03-30 reminder-1-day 1',
      '03-31 reminder-today 0',
    ]);
  });

  it('"tomorrow" is the buyer’s tomorrow: 22:30 UTC is past midnight in Moscow', () => {
    const period = { startedAt: at('2026-03-01T00:00'), expiresAt: at('2026-03-30T22:30') };
    expect(dueReminder(at('2026-03-30T09:00'), period, moscow)).toEqual({ kind: 'reminder-1-day', daysLeft: 1 });
    expect(dueReminder(at('2026-03-30T09:00'), period, createCalendar()('America/New_York'))).toEqual({
      kind: 'reminder-today',
      daysLeft: 0,
    });
  });

  it('somebody who renewed this morning is not told about days left of it', () => {
    expect(
      dueReminder(
        at('2026-03-10T09:00'),
        { startedAt: at('2026-03-10T06:00'), expiresAt: at('2026-03-13T12:00') },
        moscow,
      ),
    ).toBeUndefined();
  });

  it('nothing is said at or after the end, nor long before it', () => {
    expect(
      dueReminder(
        at('2026-03-31T15:00'),
        { startedAt: at('2026-03-01T15:00'), expiresAt: at('2026-03-31T15:00') },
        moscow,
      ),
    ).toBeUndefined();
    expect(
      dueReminder(
        at('2026-03-27T15:00'),
        { startedAt: at('2026-03-01T15:00'), expiresAt: at('2026-03-31T15:00') },
        moscow,
      ),
    ).toBeUndefined();
  });

  it('a renewal makes new messages possible: they are claimed under the new end', () => {
    expect(endSubject('s', at('2026-03-31T15:00'))).not.toBe(endSubject('s', at('2026-04-30T15:00')));
  });

  it('an unknown time zone costs nobody their reminder', () => {
    expect(createCalendar()('Mars/Olympus')(at('2026-03-30T22:30'))).toBe(moscow(at('2026-03-30T22:30')));
  });
});
