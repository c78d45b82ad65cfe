import { defineSignal, setHandler } from '@temporalio/workflow';
import { PAYMENT_SIGNALS, type BuyerChoice, type OperatorDecision } from '../contracts/payment';

/** What came from outside since the story last looked. Nothing in here is trusted; it only makes the story look again. */
export interface Inbox {
  /** Somebody called since YooKassa was last asked: a webhook, "I have paid", "cancel", an operator. */
  woken: boolean;
  buyerAsked: boolean;
  buyerCancels: boolean;
  choice: BuyerChoice | undefined;
  decision: { readonly decision: OperatorDecision; readonly actor: string } | undefined;
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
  setHandler(defineSignal(PAYMENT_SIGNALS.notified), () => void (inbox.woken = true));
  setHandler(defineSignal(PAYMENT_SIGNALS.buyerSaysPaid), () => {
    inbox.woken = true;
    inbox.buyerAsked = true;
  });
  setHandler(defineSignal(PAYMENT_SIGNALS.buyerCancels), () => {
    inbox.woken = true;
    inbox.buyerCancels = true;
  });
  setHandler(defineSignal<[BuyerChoice]>(PAYMENT_SIGNALS.buyerChooses), (choice) => {
    // "Wait" is what happens anyway.
    if (choice !== 'wait') inbox.choice = choice;
  });
  setHandler(defineSignal<[NonNullable<Inbox['decision']>]>(PAYMENT_SIGNALS.operatorDecides), (decision) => {
    inbox.decision = decision;
    inbox.woken = true;
  });
  return inbox;
}
