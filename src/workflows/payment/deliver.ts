import { condition, uuid4 } from '@temporalio/workflow';
import { toldTrouble, type PanelFailure } from '../../domain/panelTrouble';
import type { DeliveryAnswer } from '../contracts/activities';
import type { PaymentResumePoint } from '../contracts/payment';
import { attemptPanel, NOTHING_TOLD, panelFailure, toldAnew, toldOf, type AttemptsEnd } from '../panelAttempts';
import { createQuiet } from '../quiet';
import { revokeAccess } from '../refund/carryOut';
import { database, panelFirstAttempts, panelUntilDecided } from './activities';
import { continueAt, type PaymentRun } from './run';
import { take } from './signals';

/** Delivered; or the money goes back, and why, and who has decided so. */
export type DeliveryEnd =
  { readonly end: 'issued' } | { readonly end: 'refund'; readonly reason: string; readonly askedBy: string };

type Delayed = Extract<PaymentResumePoint, { at: 'delayed' }>;

const ISSUED: DeliveryEnd = { end: 'issued' };
/** PostgreSQL says that the money is on its way back already. */
const DECIDED_ELSEWHERE: DeliveryEnd = { end: 'refund', reason: 'decided-elsewhere', askedBy: 'operator' };

/** No other server of the location can make the key, and this one never will. */
const PANEL_GONE: DeliveryEnd = { end: 'refund', reason: 'panel-gone', askedBy: 'workflow' };

export function deliveryEnd({ outcome }: DeliveryAnswer): DeliveryEnd {
  if (outcome === 'gone') return PANEL_GONE;
  return outcome === 'issued' ? ISSUED : DECIDED_ELSEWHERE;
}

/**
 * Makes the key. When the panel does not answer, tells the buyer and goes on with growing pauses until the panel is
 * back, the buyer or an operator decides, or the deadline (`refundAfterMs`) comes, at which the money is refunded. When
 * the panel is gone for good, another server of the location takes over at once, or the money is refunded.
 *
 * @param takeOverAfterMs after how long another server of the location takes over by itself; `null`: never
 */
export async function deliver(run: PaymentRun, takeOverAfterMs: number | null): Promise<DeliveryEnd> {
  const { input, progress, signals } = run;
  const { paymentId } = input;
  progress.update('paid', 'the money has arrived and is recorded; the panel is making the key');
  progress.refreshScreen();
  const deadline = Date.now() + input.refundAfterMs;
  let failure: PanelFailure | undefined;
  try {
    for (;;) {
      const answer = await panelFirstAttempts.deliverSubscription({ paymentId });
      if (answer.outcome !== 'gone' || !(await changeServer(run, 'paid'))) return deliveryEnd(answer);
    }
  } catch (error) {
    failure = panelFailure(error);
  }
  // A request made before was about something else. From the moment PostgreSQL says "delayed" the bot lets the buyer
  // choose, so nothing may be dropped that comes while that is written.
  signals.operatorRequest = undefined;
  signals.acceptsDelayDecisions = true;
  const quiet = createQuiet();
  await tellTrouble(run, deadline, failure);
  const told = toldOf(failure, quiet.next());
  return deliverLate(run, { at: 'delayed', deadline, takeOverAfterMs, takeOver: null, told, quietMs: quiet.forMs() });
}

/** The panel makes no key: goes on until it does, somebody decides, or the deadline comes. */
export async function deliverLate(run: PaymentRun, from: Delayed): Promise<DeliveryEnd> {
  const { signals } = run;
  const { deadline, takeOverAfterMs } = from;
  let { told } = from;
  const quiet = createQuiet(from.quietMs);
  const takeOver = createTakeOver(takeOverAfterMs, from.takeOver);
  const next = continueAt(run, () => ({ ...from, takeOver: takeOver.state(), told, quietMs: quiet.forMs() }));
  /** Nothing was told of the new server: what its panel says first is news. */
  const moved = (changed: boolean): boolean => {
    takeOver.tried(changed);
    if (changed) told = NOTHING_TOLD;
    return changed;
  };
  for (;;) {
    const ended = await deliverUnlessDecided(run, { deadline, takeOverAt: takeOver.at(), told, isDue: next.isDue });
    if (ended?.answer?.outcome === 'gone' && moved(await changeServer(run))) continue;
    if (ended?.answer) return deliveryEnd(ended.answer);
    if (ended) {
      await tellTrouble(run, deadline, ended.failure);
      told = toldOf(ended.failure, quiet.next());
    }
    const request = take(signals, 'delayRequest');
    const byOperator = take(signals, 'operatorRequest');
    if (request?.decision === 'refund') return { end: 'refund', reason: 'buyer-chose-refund', askedBy: 'buyer' };
    if (byOperator?.decision === 'refund')
      return { end: 'refund', reason: 'operator-refund', askedBy: byOperator.actor };
    if (byOperator?.decision === 'retry') told = toldAnew(told);
    const isDue = Date.now() >= takeOver.at() && Date.now() < deadline;
    if (request?.decision === 'another-server' || isDue) moved(await changeServer(run));
    if (request) request.isDone = true;
    if (Date.now() >= deadline) return { end: 'refund', reason: 'panel-unavailable', askedBy: 'deadline' };
    // "Wait", and an operator's `retry` or `deliver`, need nothing more: the next attempt starts now.
    await next.whenDue();
  }
}

/** Says why there is no key where operators, buyer and owner read it. */
async function tellTrouble(
  { input: { paymentId }, progress }: PaymentRun,
  deadline: number,
  failure: PanelFailure | undefined,
): Promise<void> {
  const { trouble, what } = toldTrouble(failure);
  const refundDueAt = new Date(deadline).toISOString();
  await database.recordStatus({ paymentId, status: 'delayed', reason: trouble, refundDueAt });
  const note = `paid, but the panel makes no key: ${what}`;
  progress.update('delayed', `${note}; trying until ${refundDueAt}, then the money goes back`, true);
  progress.refreshScreen();
  progress.tellOwnerOfDelay(refundDueAt, failure);
}

/**
 * When the next server takes over. The pause doubles while none has room, so that a day of outage is a handful of
 * tries.
 */
function createTakeOver(afterMs: number | null, from: Delayed['takeOver']) {
  let pauseMs = from?.pauseMs ?? afterMs ?? Infinity;
  let at = from?.at ?? Date.now() + pauseMs;
  return {
    /** `null`: never. */
    state: (): Delayed['takeOver'] => (afterMs === null ? null : { pauseMs, at }),
    /** Epoch ms; `Infinity`: never. */
    at: () => at,
    tried(changed: boolean): void {
      pauseMs = changed ? (afterMs ?? Infinity) : pauseMs * 2;
      at = Date.now() + pauseMs;
    },
  };
}

/** @returns whether another server of the location had room */
async function changeServer(run: PaymentRun, status: 'paid' | 'delayed' = 'delayed'): Promise<boolean> {
  const { input, progress } = run;
  const { changed } = await database.changeServer({ paymentId: input.paymentId, request: uuid4() });
  if (changed) progress.update(status, 'paid; the key is being made on another server', status === 'delayed');
  if (changed) revokeAccess(run, 'clear the old server');
  progress.refreshScreen();
  return changed;
}

/**
 * Attempts until the panel answers or something else is wrong with it than was told, until somebody decides, or a time
 * comes.
 * @param takeOverAt epoch ms
 * @param isDue whether the payment should go on in a new run
 * @returns `undefined`: stopped
 */
function deliverUnlessDecided(
  { input: { paymentId }, signals }: PaymentRun,
  {
    deadline,
    takeOverAt,
    told,
    isDue,
  }: Pick<Delayed, 'deadline' | 'told'> & { readonly takeOverAt: number; readonly isDue: () => boolean },
): Promise<AttemptsEnd<DeliveryAnswer> | undefined> {
  const isTakeOver = takeOverAt < deadline;
  const until = Math.min(takeOverAt, deadline);
  return attemptPanel(
    () => panelUntilDecided.deliverSubscription({ paymentId, told }),
    (isOver) =>
      condition(
        () => isOver() || signals.delayRequest !== undefined || signals.operatorRequest !== undefined || isDue(),
        Math.max(0, until - Date.now()),
        { summary: isTakeOver ? 'until another server takes over' : 'until the money goes back by itself' },
      ),
  );
}
