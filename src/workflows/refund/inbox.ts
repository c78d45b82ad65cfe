import { defineSignal, setHandler } from '@temporalio/workflow';
import { REFUND_SIGNALS, type RefundDecision, type RefundNotice, type RefundWish } from '../contracts/refund';

/** What came from outside since the story last looked. Nothing in here is trusted. */
export interface RefundInbox {
  readonly wishes: RefundWish[];
  /** YooKassa's payments that claim to be for this order and may buy nothing. */
  readonly strays: Set<string>;
  noticed: boolean;
  decision: RefundDecision | undefined;
  /** Whether the story has something to look at. */
  hasMore(): boolean;
}

/** Handlers are set before the first await, so that no signal is lost. */
export function openRefundInbox(): RefundInbox {
  const inbox: RefundInbox = {
    wishes: [],
    strays: new Set(),
    noticed: false,
    decision: undefined,
    hasMore: () => inbox.wishes.length > 0 || inbox.strays.size > 0 || inbox.noticed,
  };
  setHandler(defineSignal<[RefundWish]>(REFUND_SIGNALS.wished), (wish) => void inbox.wishes.push(wish));
  setHandler(defineSignal<[RefundNotice]>(REFUND_SIGNALS.noticed), ({ strayYooKassaId }) => {
    inbox.noticed = true;
    if (strayYooKassaId !== null) inbox.strays.add(strayYooKassaId);
  });
  setHandler(
    defineSignal<[RefundDecision]>(REFUND_SIGNALS.operatorDecides),
    (decision) => void (inbox.decision = decision),
  );
  return inbox;
}
