import type { BackgroundTasks } from '../backgroundTasks';
import type { PaymentInput } from '../contracts/payment';
import type { Progress } from './progress';
import type { PaymentSignals } from './signals';

/** One run of the `payment` workflow: what it was started with, and what all of its steps share. */
export interface PaymentRun {
  readonly input: PaymentInput;
  readonly progress: Progress;
  readonly signals: PaymentSignals;
  readonly background: BackgroundTasks;
}
