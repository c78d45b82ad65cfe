import { setHandler } from '@temporalio/workflow';
import {
  buyerCancels,
  buyerChooses,
  buyerSaysPaid,
  operatorDecides,
  paymentNotified,
  type BuyerChoice,
  type OperatorOrder,
} from '../contracts/payment';

/** Somebody wants YooKassa to be asked now: a webhook, the buyer, an operator. All who call before it is asked share one. */
export interface WakeUp {
  buyerSaysPaid: boolean;
  buyerCancels: boolean;
}

/** What has come from outside and is not acted on yet. None of it is trusted: it only makes the workflow look again. */
export interface PaymentSignals {
  wakeUp: WakeUp | undefined;
  /** What the buyer wants while the panel is away; "wait" is what happens anyway and is not kept. */
  choice: BuyerChoice | undefined;
  operatorOrder: OperatorOrder | undefined;
}

/** Takes and removes what is there. */
export function take<Key extends keyof PaymentSignals>(signals: PaymentSignals, key: Key): PaymentSignals[Key] {
  const value = signals[key];
  signals[key] = undefined as PaymentSignals[Key];
  return value;
}

/** Called before the first await of the workflow, so that no signal is lost. */
export function receiveSignals(): PaymentSignals {
  const signals: PaymentSignals = { wakeUp: undefined, choice: undefined, operatorOrder: undefined };
  const wakeUp = (): WakeUp => (signals.wakeUp ??= { buyerSaysPaid: false, buyerCancels: false });
  setHandler(paymentNotified, () => void wakeUp());
  setHandler(buyerSaysPaid, () => void (wakeUp().buyerSaysPaid = true));
  setHandler(buyerCancels, () => void (wakeUp().buyerCancels = true));
  setHandler(buyerChooses, (choice) => {
    if (choice !== 'wait') signals.choice = choice;
  });
  setHandler(operatorDecides, (order) => {
    signals.operatorOrder = order;
    wakeUp();
  });
  return signals;
}
