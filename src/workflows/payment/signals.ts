import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { isOpen, whereIsTheMoney } from '../../domain/payment';
import {
  buyerCancels,
  buyerSaysPaid,
  decideDelay,
  operatorDecides,
  paymentNotified,
  type BuyerAnswer,
  type DelayDecision,
  type OperatorRequest,
  type PaymentInput,
} from '../contracts/payment';
import { TRY_EVERY_MS } from '../retryPolicies';
import type { Progress } from './progress';

/**
 * Somebody wants the provider to be asked now: a webhook, the buyer, an operator. All who call before it is asked share
 * one.
 */
export interface WakeUp {
  buyerSaysPaid: boolean;
  buyerCancels: boolean;
  /** The provider was asked and said "pending", and a cancellation is recorded. */
  isDone: boolean;
}

/** What the buyer wants while the panel is away. */
export interface DelayRequest {
  readonly decision: DelayDecision;
  isDone: boolean;
}

/** What has come from outside and is not acted on yet. None of it is trusted: it only makes the workflow look again. */
export interface PaymentSignals {
  wakeUp: WakeUp | undefined;
  delayRequest: DelayRequest | undefined;
  operatorRequest: OperatorRequest | undefined;
  /** How often somebody has wanted something to be tried now. */
  calls: number;
  /** Signals and updates of this run. */
  received: number;
  /**
   * Whether the bot may have given the buyer the choice. What comes before that is from an old button or a forged
   * one.
   */
  acceptsDelayDecisions: boolean;
}

/** Takes and removes what is there. */
export function take<Key extends 'wakeUp' | 'delayRequest' | 'operatorRequest'>(
  signals: PaymentSignals,
  key: Key,
): PaymentSignals[Key] {
  const value = signals[key];
  signals[key] = undefined as PaymentSignals[Key];
  return value;
}

/**
 * Sets the handlers of all signals and updates. Called before the first await of the workflow, so that none is lost.
 *
 * An update is answered when the workflow has acted on it, or once it makes no sense any more. No handler waits for
 * anything else, so that all of them have finished when the payment has ended.
 */
export function receiveSignals(progress: Pick<Progress, 'current'>, resume: PaymentInput['resume']): PaymentSignals {
  const signals: PaymentSignals = {
    wakeUp: undefined,
    delayRequest: undefined,
    operatorRequest: resume?.operatorRequest,
    calls: 0,
    received: 0,
    acceptsDelayDecisions: resume?.at === 'delayed',
  };
  /** When a buyer's "wait" last ended a pause; epoch ms. */
  let triedAt = -Infinity;
  const wakeUp = (): WakeUp => {
    signals.calls += 1;
    return (signals.wakeUp ??= { buyerSaysPaid: false, buyerCancels: false, isDone: false });
  };
  const status = () => progress.current().status;
  const answer = (isDone: boolean): BuyerAnswer => ({ outcome: isDone ? 'done' : 'moved-on', status: status() });
  // When an open payment needs attention, an operator decides, and the provider is not asked any more.
  const awaitsMoney = () => isOpen(status()) && !progress.current().needsAttention;
  const awaitsPanel = () => signals.acceptsDelayDecisions && (status() === 'paid' || status() === 'delayed');

  const received = () => void (signals.received += 1);

  setHandler(paymentNotified, () => {
    received();
    wakeUp();
  });

  setHandler(operatorDecides, (request) => {
    received();
    signals.operatorRequest = request;
    wakeUp();
  });

  setHandler(buyerSaysPaid, () =>
    CancellationScope.nonCancellable(async () => {
      received();
      if (!awaitsMoney()) return answer(false);
      const mine = wakeUp();
      mine.buyerSaysPaid = true;
      await condition(() => mine.isDone || !awaitsMoney());
      return answer(true);
    }),
  );

  setHandler(buyerCancels, () =>
    CancellationScope.nonCancellable(async () => {
      received();
      if (!awaitsMoney()) return answer(false);
      const mine = wakeUp();
      mine.buyerCancels = true;
      await condition(() => mine.isDone || !awaitsMoney());
      return answer(mine.isDone);
    }),
  );

  setHandler(decideDelay, (decision) =>
    CancellationScope.nonCancellable(async () => {
      received();
      // One decision at a time, in the order in which they came.
      while (signals.delayRequest !== undefined && awaitsPanel())
        await condition(() => signals.delayRequest === undefined || !awaitsPanel());
      if (!awaitsPanel()) return answer(false);
      // It waits anyway; but somebody who asks for it does not wait for the end of a long pause.
      if (decision === 'wait') {
        if (Date.now() - triedAt >= TRY_EVERY_MS) {
          triedAt = Date.now();
          signals.delayRequest = { decision, isDone: false };
        }
        return answer(true);
      }
      const mine: DelayRequest = { decision, isDone: false };
      signals.delayRequest = mine;
      await condition(() => mine.isDone || !awaitsPanel());
      return answer(mine.isDone || (decision === 'refund' && whereIsTheMoney(status()) !== 'shop'));
    }),
  );

  return signals;
}
