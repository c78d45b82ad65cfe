import type { AttentionNote } from '../../domain/attention';
import type { PaymentStatus } from '../../domain/payment';
import type { BackgroundTasks } from '../backgroundTasks';
import type { OperatorRequest, RefundPoint } from '../contracts/payment';
import type { HandOver } from '../untilEnded';

/**
 * What a refund needs of the workflow that carries it out: the `payment` workflow until the delivery, the `refund`
 * workflow after it. A run of either has all of this.
 */
export interface RefundRun {
  readonly input: { readonly paymentId: string };
  readonly signals: RefundRunSignals;
  readonly progress: {
    /** Makes the state visible to operators. */
    update(status: PaymentStatus, note: string, needsAttention?: boolean): void;
    alertOwner(note: AttentionNote): void;
  };
  /** What ends before the workflow does, but no money waits for. */
  readonly background: BackgroundTasks;
  /** The same refund goes on in a new run, from this point. */
  handOver(point: RefundPoint): HandOver;
}

export interface RefundRunSignals {
  /** How often the provider, the buyer or an operator has wanted something to be tried now. */
  readonly calls: number;
  /** Whoever acts on it sets it to `undefined`. */
  operatorRequest: OperatorRequest | undefined;
}
