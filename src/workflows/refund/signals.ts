import { setHandler } from '@temporalio/workflow';
import { operatorDecides, type OperatorRequest } from '../contracts/payment';
import { refundNotified, refundRequested, type RefundInput, type RefundRequest } from '../contracts/refund';

/** What came from outside since the workflow last looked. Nothing in here is trusted. */
export interface RefundSignals {
  readonly requests: RefundRequest[];
  /** Payments at the provider that claim to be for this order and may have bought nothing. */
  readonly strays: Set<string>;
  /** How often somebody has wanted something to be tried now. */
  calls: number;
  /** Signals of this run: each of them is such a call. */
  readonly received: number;
  /**
   * A notification has come since the payment's refunds were last read: it may be about another one than the one under
   * way.
   */
  mayHaveChanged: boolean;
  operatorRequest: OperatorRequest | undefined;
  /** Whether there is something to look at. */
  hasMore(): boolean;
}

/** Called before the first await of the workflow, so that no signal is lost. */
export function receiveSignals(resume: RefundInput['resume']): RefundSignals {
  const signals: RefundSignals = {
    requests: [...(resume?.requests ?? [])],
    strays: new Set(resume?.strays),
    calls: 0,
    get received() {
      return signals.calls;
    },
    mayHaveChanged: false,
    operatorRequest: resume?.operatorRequest,
    hasMore: () => signals.requests.length > 0 || signals.strays.size > 0 || signals.mayHaveChanged,
  };
  const called = () => void (signals.calls += 1);
  setHandler(refundRequested, (request) => {
    called();
    signals.requests.push(request);
  });
  setHandler(refundNotified, ({ strayProviderRef }) => {
    called();
    signals.mayHaveChanged = true;
    if (strayProviderRef !== null) signals.strays.add(strayProviderRef);
  });
  setHandler(operatorDecides, (request) => {
    called();
    signals.operatorRequest = request;
  });
  return signals;
}
