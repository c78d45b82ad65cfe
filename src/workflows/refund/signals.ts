import { setHandler } from '@temporalio/workflow';
import { operatorDecides, type OperatorOrder } from '../contracts/payment';
import { refundNotified, refundRequested, type RefundRequest } from '../contracts/refund';

/** What came from outside since the workflow last looked. Nothing in here is trusted. */
export interface RefundSignals {
  readonly requests: RefundRequest[];
  /** YooKassa's payments that claim to be for this order and may have bought nothing. */
  readonly strays: Set<string>;
  /** How often somebody has wanted something to be tried now. */
  calls: number;
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
    calls: 0,
    mayHaveChanged: false,
    operatorOrder: undefined,
    hasMore: () => signals.requests.length > 0 || signals.strays.size > 0 || signals.mayHaveChanged,
  };
  setHandler(refundRequested, (request) => {
    signals.requests.push(request);
    signals.calls += 1;
  });
  setHandler(refundNotified, ({ strayYooKassaId }) => {
    signals.mayHaveChanged = true;
    signals.calls += 1;
    if (strayYooKassaId !== null) signals.strays.add(strayYooKassaId);
  });
  setHandler(operatorDecides, (order) => {
    signals.operatorOrder = order;
    signals.calls += 1;
  });
  return signals;
}
