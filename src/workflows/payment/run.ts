import type { BackgroundTasks } from '../backgroundTasks';
import { handOverOf } from '../continuation';
import type { PaymentInput, PaymentResumePoint } from '../contracts/payment';
import type { HandOver } from '../untilEnded';
import type { Progress } from './progress';
import type { PaymentSignals } from './signals';

/** One run of the `payment` workflow: what it was started with, and what all of its steps share. */
export interface PaymentRun {
  readonly input: PaymentInput;
  readonly progress: Progress;
  readonly signals: PaymentSignals;
  readonly background: BackgroundTasks;
}

/**
 * The payment goes on in a new run, from this point; what an operator has decided and nobody has acted on goes along.
 */
export function continueAt(run: PaymentRun, point: () => PaymentResumePoint): HandOver {
  return handOverOf(run, (): PaymentInput => {
    const { operatorRequest } = run.signals;
    return { ...run.input, resume: { ...point(), progress: run.progress.current(), operatorRequest } };
  });
}
