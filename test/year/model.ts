/**
 * The expected result of a year, computed from the plan alone: no import of the shop, other arithmetic (whole days by
 * fixed offsets), one person at a time.
 */
import { START, type Act, type Person, type YearPlan } from './plan';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';

/** `3` to `0`: a reminder that says so many days are left; `ended`: the notice after the end. */
export type Note = '3' | '2' | '1' | '0' | 'ended';

export interface Expected {
  readonly status: 'none' | 'active' | 'expired';
  readonly until: number;
  readonly notes: readonly Note[];
  readonly refunds: number;
}

/** The runs that matter to people: reminders at 09:00 UTC, expiry every six hours from midnight. */
export function expectedOf(person: Person, plan: YearPlan): Expected {
  const notes: Note[] = [];
  const begun = new Set<string>();
  let status: Expected['status'] = 'none';
  let until = 0;
  let since = 0;
  let closed = 0;
  let refunds = 0;
  let blocked = false;
  let marked = false;
  const dayOf = (at: number) => Math.floor((at + person.utcOffset * 60_000) / DAY_MS);

  const write = (kind: string, note: Note) => {
    const once = `${kind}:${until}`;
    if (begun.has(once) || marked) return;
    begun.add(once);
    if (blocked) marked = true;
    else notes.push(note);
  };
  const remind = (at: number) => {
    if (status !== 'active' || until <= at) return;
    const left = dayOf(until) - dayOf(at);
    const before = left === 0 ? 0 : left === 1 ? 1 : left <= 3 ? 3 : undefined;
    if (before === undefined || dayOf(since) >= dayOf(until) - before) return;
    write(`remind-${before}`, String(left) as Note);
  };
  const expire = (at: number) => {
    if (status === 'active' && until <= at) {
      status = 'expired';
      closed = at;
    }
    if (status === 'expired' && closed > at - 7 * DAY_MS) write('ended', 'ended');
  };
  const act = (one: Act) => {
    switch (one.does) {
      case 'block':
        blocked = true;
        break;
      case 'return':
        blocked = marked = false;
        break;
      case 'buy':
      case 'renew':
        if (one.fate === 'refunded') refunds += 1;
        else {
          until = Math.max(until, one.at) + one.days * DAY_MS;
          since = one.at;
          status = 'active';
        }
    }
  };

  const acts = [...person.acts];
  for (let at = START; at <= plan.end; at += HOUR_MS) {
    while (acts.length > 0 && acts[0]!.at <= at) act(acts.shift()!);
    const hour = ((at - START) % DAY_MS) / HOUR_MS;
    if (hour % 6 === 0) expire(at);
    if (hour === 9 && !plan.missedReminders.has(Math.floor((at - START) / DAY_MS))) remind(at);
  }
  return { status, until, notes, refunds };
}
