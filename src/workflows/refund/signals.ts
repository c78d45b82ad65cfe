import { setHandler } from '@temporalio/workflow';
import { operatorDecides, type OperatorOrder } from '../contracts/payment';
import { refundNotified, refundRequested, type RefundRequest } from '../contracts/refund';

/** What came from outside since the workflow last looked. Nothing in here is trusted. */
export interface RefundSignals {
  readonly requests: RefundRequest[];
  /** YooKassa's payments that claim to be for this order and may have bought nothing. */
  readonly strays: Set<string>;
  /** A notification has come since YooKassa was last asked about the refund under way. */
  wakeUp: true | undefined;
  /**
   * A notification has come since the payment's refunds were last read: it may be about another one than the one under
   * way.
   */
  mayHaveChanged: boolean;
  operatorOrder: OperatorOrder | undefined;
  /** Whether there is something to look at. */
  hasMore(): boolean;
}

/** Called before the first await of the workflow, so that no signal is lost. */
export function receiveSignals(): RefundSignals {
  const signals: RefundSignals = {
    requests: [],
    strays: new Set(),
    wakeUp: undefined,
    mayHaveChanged: false,
    operatorOrder: undefined,
    hasMore: () => signals.requests.length > 0 || signals.strays.size > 0 || signals.mayHaveChanged,
  };
  setHandler(refundRequested, (request) => void signals.requests.push(request));
  setHandler(refundNotified, ({ strayYooKassaId }) => {
    signals.wakeUp = signals.mayHaveChanged = true;
    if (strayYooKassaId !== null) signals.strays.add(strayYooKassaId);
  });
  setHandler(operatorDecides, (order) => void (signals.operatorOrder = order));
  return signals;
}
