import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { toFailure } from '../activities/failures';

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
