import { condition } from '@temporalio/workflow';
import { DAY_MS } from '../../domain/duration';
import type { GrantAnswer, GrantRequest, GrantResumePoint } from '../contracts/grant';
import { untilCalled, untilEndedOrCalled, type HandOver } from '../untilEnded';
import { database, giving, givingAtFirst, telegram } from './activities';
import { continueAt, type GrantRun } from './run';

/** `ended`: it could not be recorded and that was given up; nothing is given. `by`: whose decision that was. */
export type Given = GrantAnswer | { readonly outcome: 'ended'; readonly by: 'operator' | 'deadline' };

/** What can't be recorded is given up after the time in which undelivered money goes back where nothing else is set. */
const GIVEN_UP_AFTER_MS = DAY_MS;
/** The pause after a failure that its service says can't be repeated. */
const PAUSE_MS = 5 * 60_000;

/**
 * Records what somebody has asked for. When that fails again and again (a mistake of the program, a row that it does
 * not expect), tells the person and the owner and tries on, until it can be done, an operator gives it up, or a day is
 * over: nothing is given or used up then, and it can be asked for again.
 */
export async function giveGrant(run: GrantRun): Promise<Given> {
  const { progress } = run;
  try {
    for (;;) {
      const request = progress.request();
      const given = await untilEndedOrCalled(() => givingAtFirst.giveGrant(request), progress.confirmations);
      if (given !== undefined && isAnswer(given.value, request, run)) return given.value;
    }
  } catch {
    // The failure is in the history.
  }
  const until = Date.now() + GIVEN_UP_AFTER_MS;
  const note = `it can't be recorded; tried until ${new Date(until).toISOString()}, or until an operator gives it up`;
  progress.show({ status: 'unrecorded', note }, 'unrecorded');
  run.background.start(telegram.alertOwnersOfGrant({ request: progress.request(), about: 'unrecorded' }));
  return giveLate(run, { at: 'giving', until });
}

/** The same from where people have been told. */
export async function giveLate(run: GrantRun, from: Extract<GrantResumePoint, { at: 'giving' }>): Promise<Given> {
  const { signals, progress } = run;
  const { until } = from;
  const isOver = () => signals.isClosed || Date.now() >= until;
  const next = continueAt(run, () => from);
  // It goes on in a new run below: what ends this one is thrown, and must not count as a failure to record.
  const handOver: HandOver = { isDue: next.isDue, whenDue: async () => undefined };
  while (!isOver()) {
    const isCalled = untilCalled(signals);
    const request = progress.request();
    try {
      const given = await untilEndedOrCalled(() => giving.giveGrant(request), signals, handOver, until);
      if (given !== undefined && isAnswer(given.value, request, run)) return given.value;
    } catch {
      await condition(() => isCalled() || isOver() || next.isDue(), PAUSE_MS);
    }
    // What an operator has decided is acted on in this run.
    if (!isOver()) await next.whenDue();
  }
  // It may have been recorded by an attempt that failed after that.
  const { grantId } = await database.findGrant(progress.request());
  if (grantId !== null) return { outcome: 'given', grantId };
  return { outcome: 'ended', by: signals.isClosed ? 'operator' : 'deadline' };
}

/** What is given is given. A refusal of what they have chosen otherwise since is none: that is asked for then. */
function isAnswer({ outcome }: GrantAnswer, request: GrantRequest, { progress }: GrantRun): boolean {
  if (outcome === 'given') progress.isGiven(request);
  return outcome === 'given' || progress.request() === request;
}
