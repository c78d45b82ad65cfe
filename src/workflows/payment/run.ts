import { continueAsNew } from '@temporalio/workflow';
import type { BackgroundTasks } from '../backgroundTasks';
import { mayContinueAsNew } from '../continuation';
import type { PaymentInput, PaymentOutcome, PaymentResumePoint } from '../contracts/payment';
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
  return {
    isDue: () => mayContinueAsNew(run),
    async whenDue() {
      if (!mayContinueAsNew(run)) return;
      const { operatorRequest } = run.signals;
      const resume = { ...point(), progress: run.progress.current(), operatorRequest };
      await continueAsNew<(input: PaymentInput) => Promise<PaymentOutcome>>({ ...run.input, resume });
    },
  };
}
