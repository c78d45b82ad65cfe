import type { BackgroundTasks } from '../backgroundTasks';
import { handOverOf } from '../continuation';
import type { GrantInput, GrantResumePoint } from '../contracts/grant';
import type { HandOver } from '../untilEnded';
import type { Progress } from './progress';

/** One run of the `grant` workflow. */
export interface GrantRun {
  readonly input: GrantInput;
  readonly progress: Progress;
  readonly signals: Progress['signals'];
  readonly background: BackgroundTasks;
}

/** It goes on in a new run, from this point; the messages in which its person reads how it stands go along. */
export function continueAt(run: GrantRun, point: () => GrantResumePoint): HandOver {
  const { input, progress } = run;
  return handOverOf(run, (): GrantInput => ({
    ...input,
    request: progress.request(),
    resume: { ...point(), ...progress.state() },
  }));
}
