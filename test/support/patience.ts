/**
 * A Temporal with less patience, for tests in which workers are killed or time runs fast. What is retried, and how often it may
 * be, stays as the workflows say.
 */
import { msToNumber } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

export interface Patience {
  /** How many times faster an activity's retries and its time in all run. */
  readonly faster: number;
  /** What one attempt may take at most, and be silent at most, in ms: a killed worker is noticed by then. */
  readonly attemptMs: number;
  readonly silenceMs: number;
}

/** What an activity with its retries gets at least, in ms, however fast time runs. */
const LEAST_MS = 3_000;

/** @returns interceptors for a module of `workflowInterceptorModules` */
export function withPatience({ faster, attemptMs, silenceMs }: Patience): WorkflowInterceptorsFactory {
  const shorter = (least: number, given: string | number | undefined) =>
    given === undefined ? undefined : Math.min(msToNumber(given), Math.max(least, msToNumber(given) / faster));
  const atMost = (most: number, given: string | number | undefined) =>
    given === undefined ? undefined : Math.min(most, msToNumber(given));
  const present = (options: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return () => ({
    outbound: [
      {
        scheduleActivity({ options, ...input }, next) {
          const { retry } = options;
          return next({
            ...input,
            options: {
              ...options,
              ...present({
                startToCloseTimeout: atMost(attemptMs, options.startToCloseTimeout),
                heartbeatTimeout: atMost(silenceMs, options.heartbeatTimeout),
                scheduleToCloseTimeout: shorter(LEAST_MS, options.scheduleToCloseTimeout),
                retry: retry && {
                  ...retry,
                  ...present({
                    initialInterval: shorter(20, retry.initialInterval),
                    maximumInterval: shorter(20, retry.maximumInterval),
                  }),
                },
              }),
            },
          });
        },
      },
    ],
  });
}
