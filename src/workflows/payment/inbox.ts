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

/** What came from outside since the story last looked. Nothing in here is trusted; it only makes the story look again. */
export interface Inbox {
  /** Somebody called since YooKassa was last asked: a webhook, "I have paid", "cancel", an operator. */
  woken: boolean;
  buyerAsked: boolean;
  buyerCancels: boolean;
  choice: BuyerChoice | undefined;
  decision: OperatorOrder | undefined;
}

/** Takes and removes what is there. */
export function take<Key extends 'choice' | 'decision'>(inbox: Inbox, key: Key): Inbox[Key] {
  const value = inbox[key];
  inbox[key] = undefined;
  return value;
}

/** Handlers are set before the first await, so that no signal is lost. */
export function openInbox(): Inbox {
  const inbox: Inbox = { woken: false, buyerAsked: false, buyerCancels: false, choice: undefined, decision: undefined };
  setHandler(paymentNotified, () => void (inbox.woken = true));
  setHandler(buyerSaysPaid, () => {
    inbox.woken = true;
    inbox.buyerAsked = true;
  });
  setHandler(buyerCancels, () => {
    inbox.woken = true;
    inbox.buyerCancels = true;
  });
  setHandler(buyerChooses, (choice) => {
    // "Wait" is what happens anyway.
    if (choice !== 'wait') inbox.choice = choice;
  });
  setHandler(operatorDecides, (decision) => {
    inbox.decision = decision;
    inbox.woken = true;
  });
  return inbox;
}
