import { condition, uuid4 } from '@temporalio/workflow';
import type { Undelivered } from '../../domain/freeGrant';
import { toldTrouble, type PanelFailure } from '../../domain/panelTrouble';
import type { DeliveryAnswer } from '../contracts/activities';
import type { GrantRef, GrantResumePoint } from '../contracts/grant';
import { attemptPanel, NOTHING_TOLD, panelFailure, toldAnew, toldOf } from '../panelAttempts';
import { createQuiet } from '../quiet';
import { untilCalled } from '../untilEnded';
import { database, panel, panelFirstAttempts, telegram } from './activities';
import { continueAt, type GrantRun } from './run';

export type GrantEnd = 'issued' | Undelivered;

/**
 * Makes the key. When the panel does not answer, or refuses, tells people which and goes on with growing pauses until
 * it is back: the days count from the delivery. When it is gone for good, another server of the location takes over, or
 * what was given is revoked.
 */
export async function deliver(run: GrantRun, ref: GrantRef): Promise<GrantEnd> {
  let failure: PanelFailure | undefined;
  for (;;) {
    let answer: DeliveryAnswer;
    try {
      answer = await panelFirstAttempts.deliverGrant(ref);
    } catch (error) {
      failure = panelFailure(error);
      break;
    }
    const end = await endOf(run, ref, answer);
    if (end !== undefined) return end;
  }
  const quiet = createQuiet();
  await tellTrouble(run, ref, failure);
  const told = toldOf(failure, quiet.next());
  return deliverLate(run, { at: 'delayed', ...ref, told, quietMs: quiet.forMs() });
}

/** The panel makes no key: goes on until it does, another server is asked for, or it is gone for good. */
export async function deliverLate(
  run: GrantRun,
  from: Extract<GrantResumePoint, { at: 'delayed' }>,
): Promise<GrantEnd> {
  const { signals } = run;
  const ref = { grantId: from.grantId };
  let { told } = from;
  const quiet = createQuiet(from.quietMs);
  const next = continueAt(run, () => ({ at: 'delayed', ...ref, told, quietMs: quiet.forMs() }));
  const isCalled = untilCalled(signals);
  for (;;) {
    const ended = await attemptPanel(
      () => panel.deliverGrant({ ...ref, told }),
      (isOver) => condition(() => isOver() || isCalled() || signals.isMoveAsked || next.isDue()),
    );
    if (ended?.answer) {
      const end = await endOf(run, ref, ended.answer);
      if (end !== undefined) return end;
      // Nothing was told of the new server: what its panel says first is news.
      told = NOTHING_TOLD;
      signals.isMoveAsked = false;
    } else if (ended) {
      await tellTrouble(run, ref, ended.failure);
      told = toldOf(ended.failure, quiet.next());
    }
    if (signals.isRetried) told = toldAnew(told);
    signals.isRetried = false;
    // The attempt under way has ended: nothing of this run writes to the old panel any more.
    if (signals.isMoveAsked && (await changeServer(run, ref))) told = NOTHING_TOLD;
    if (!signals.isMoveAsked) await next.whenDue();
  }
}

/** @returns `undefined`: another server makes it, or the panel is there after all */
async function endOf(
  { progress }: GrantRun,
  ref: GrantRef,
  { outcome }: DeliveryAnswer,
): Promise<GrantEnd | undefined> {
  if (outcome === 'issued') return 'issued';
  if (outcome === 'gone' && (await move(ref, 'panel-gone'))) {
    progress.note('its panel is gone for good; the key is being made on another server');
    return undefined;
  }
  const { ending } = await database.endGrant(ref);
  if (ending === 'panel-back') return undefined;
  return ending === 'delivered' ? 'issued' : ending;
}

async function move(ref: GrantRef, because: 'panel-gone' | 'asked'): Promise<boolean> {
  return (await database.moveGrant({ ...ref, because, request: uuid4() })).moved;
}

/** Its person wants another server. @returns whether one makes it now */
async function changeServer({ progress, signals }: GrantRun, ref: GrantRef): Promise<boolean> {
  const moved = await move(ref, 'asked');
  signals.isMoveAsked = false;
  if (moved)
    progress.show({ status: 'waiting', note: 'its person wants another server, which makes it now' }, 'server-changed');
  else progress.show({ status: 'waiting', note: 'no other server can make it; it is tried again' }, 'no-other-server');
  return moved;
}

/** Says why there is no key where operators, the person and the owners read it. */
async function tellTrouble(
  { progress, background }: GrantRun,
  ref: GrantRef,
  failure: PanelFailure | undefined,
): Promise<void> {
  const { trouble, what } = toldTrouble(failure);
  await database.recordGrantDelayed({ ...ref, reason: trouble });
  progress.show({ status: 'waiting', note: `given, but the panel makes no key: ${what}; it is tried again` }, trouble);
  background.start(
    telegram.tellOwnerOfGrantDelay({
      ...ref,
      request: progress.request(),
      ...(failure === undefined ? {} : { failure }),
    }),
  );
}
