import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { toFailure } from '../activities/failures';
import { isGatewayError } from '../gateways/errors';

/**
 * Turns what gateways throw into failures that Temporal's retry policies understand, in one place for every activity.
 */
export function gatewayFailures({ info }: Context): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw toFailure(error, info.attempt);
      }
    },
  };
}

/** An attempt of a step that has failed so often that it won't pass by itself. */
export interface FailingStep {
  /** The activity's type. */
  readonly step: string;
  /** Which one this was, from 1. */
  readonly attempt: number;
  readonly workflowId: string | undefined;
  readonly error: unknown;
}

/**
 * So many attempts, the last one included, and a step fails otherwise than for a moment: a short transaction has been
 * tried for two minutes then (`DATABASE` in `src/workflows/retryPolicies.ts`).
 */
export const FAILS_FOR_GOOD_AT = 10;

/**
 * Reports every attempt that fails after so many others, in one place for every activity: most are tried until they
 * succeed, so a mistake in the code or in a row of the database would be repeated in silence for ever. What an outside
 * service says or does is left out: its outages are noticed and told by themselves. So are answers that an activity
 * means, as "not yet".
 */
export const failingSteps =
  (report: (failing: FailingStep) => void) =>
  ({ info }: Context): ActivityInboundCallsInterceptor => ({
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        if (info.attempt >= FAILS_FOR_GOOD_AT && isUnexpected(error))
          report({
            step: info.activityType,
            attempt: info.attempt,
            workflowId: info.workflowExecution?.workflowId,
            error,
          });
        throw error;
      }
    },
  });

function isUnexpected(error: unknown): boolean {
  if (isGatewayError(error) || error instanceof CancelledFailure || error instanceof CompleteAsyncError) return false;
  // One that is not tried again ends the step, and its workflow acts on that.
  if (error instanceof ApplicationFailure)
    return error.category !== ApplicationFailureCategory.BENIGN && error.nonRetryable !== true;
  return true;
}
