/**
 * Workflow interceptors that shorten activity timeouts and retry intervals, for tests in which workers are killed or
 * time is simulated. Which activities are retried, and how many times, stays as the workflows define it.
 */
import { msToNumber } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

export interface ShorterTimeouts {
  /** Retry intervals and the schedule-to-close timeout are divided by this. */
  readonly divideBy: number;
  /** Upper bound of the start-to-close timeout, in ms: a killed worker is noticed by then. */
  readonly startToCloseMs: number;
  /** Upper bound of the heartbeat timeout, in ms. */
  readonly heartbeatMs: number;
  /** Lower bound of the pause between two attempts, in ms (20): what is away for long is asked that often. */
  readonly leastPauseMs?: number;
  /** Upper bound of that pause, in ms (none). */
  readonly mostPauseMs?: number;
}

/** Lower bound of the schedule-to-close timeout, in ms, whatever it is divided by. */
const LEAST_TOTAL_MS = 3_000;

/** @returns interceptors for a module of `workflowInterceptorModules` */
export function shorterTimeouts({
  divideBy,
  startToCloseMs,
  heartbeatMs,
  leastPauseMs = 20,
  mostPauseMs = Infinity,
}: ShorterTimeouts): WorkflowInterceptorsFactory {
  const shorter = (least: number, given: string | number | undefined) =>
    given === undefined ? undefined : Math.min(msToNumber(given), Math.max(least, msToNumber(given) / divideBy));
  const atMost = (most: number, given: string | number | undefined) =>
    given === undefined ? undefined : Math.min(most, msToNumber(given));
  const pause = (given: string | number | undefined) => atMost(mostPauseMs, shorter(leastPauseMs, given));
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
                startToCloseTimeout: atMost(startToCloseMs, options.startToCloseTimeout),
                heartbeatTimeout: atMost(heartbeatMs, options.heartbeatTimeout),
                scheduleToCloseTimeout: shorter(LEAST_TOTAL_MS, options.scheduleToCloseTimeout),
                retry: retry && {
                  ...retry,
                  ...present({
                    initialInterval: pause(retry.initialInterval),
                    maximumInterval: pause(retry.maximumInterval),
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
