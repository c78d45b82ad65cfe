import { allHandlersFinished, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { BackgroundTasks } from './backgroundTasks';
import type { HandOver } from './untilEnded';

/**
 * Signals and updates after which a run goes on in a new one. Temporal takes 10,000 signals and 2,000 updates in one
 * run and refuses the next ones, and each of them may take ten of the 51,200 events that a history may have.
 */
const MESSAGES_PER_RUN = 1_000;

/** A run that may have to wait for people, for however long. */
export interface LongRun {
  /** `messagesPerRun`: after how many signals and updates it goes on in a new run; default `MESSAGES_PER_RUN`. */
  readonly input: { readonly messagesPerRun?: number };
  /** `received`: signals and updates so far. */
  readonly signals: { readonly received: number };
  readonly background: Pick<BackgroundTasks, 'isIdle'>;
}

/**
 * Whether the run has grown long and may go on in a new one now: whoever asked for something has their answer, and
 * nothing is under way in the background (each task of it ends within a day). A signal that comes after this was asked
 * is not lost: Temporal accepts no end of a run that has not seen all of its signals.
 *
 * Id, search attributes and what is in the input go along. The summary that the client gave at the start does not: only
 * a client can give one (SDK 1.24).
 */
function mayContinueAsNew({ input, signals, background }: LongRun): boolean {
  const isLong =
    workflowInfo().continueAsNewSuggested || signals.received >= (input.messagesPerRun ?? MESSAGES_PER_RUN);
  return isLong && allHandlersFinished() && background.isIdle();
}

/** @param resumed what a new run gets, as it is when this run ends */
export function handOverOf<Input>(run: LongRun, resumed: () => Input): HandOver {
  const isDue = () => mayContinueAsNew(run);
  return {
    isDue,
    async whenDue() {
      if (isDue()) await continueAsNew<(input: Input) => Promise<unknown>>(resumed());
    },
  };
}
