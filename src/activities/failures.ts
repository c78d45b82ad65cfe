import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MINUTE_MS } from '../domain/duration';
import { isGatewayError, isRefusedMessage, SHORTEST_PAUSE_MS, type GatewayError } from '../gateways/errors';

/**
 * "Not yet": fails the attempt quietly so that the retry policy asks again; counted as no error by the SDK's metrics.
 */
export function notYet(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'NotYet', category: ApplicationFailureCategory.BENIGN });
}

/** The class of a gateway's error in histories and logs, e.g. `hiddify:unreachable`. */
export const gatewayFailureType = ({ service, kind }: GatewayError): string => `${service}:${kind}`;

/** After many refusals in a row a service is not asked more often than this, however short a pause it names; ms. */
const LONGEST_GROWN_PAUSE_MS = MINUTE_MS;

/** The pause a service has named, or a longer one that grows with the attempts; it replaces the retry policy's. */
function pauseBefore(retryAfterMs: number, attempt: number): number {
  return Math.max(retryAfterMs, Math.min(LONGEST_GROWN_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (attempt - 1)));
}

/**
 * A gateway's error as Temporal should treat it; anything else unchanged (retryable). Its message holds no secret.
 * @param attempt of the activity, from 1
 */
export function toFailure(error: unknown, attempt = 1): unknown {
  if (!isGatewayError(error)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: gatewayFailureType(error),
    // A provider and a panel refuse because of credentials, limits or versions, and Telegram a token that was revoked:
    // an operator can mend these while the work waits. A refused message stays refused.
    nonRetryable: isRefusedMessage(error),
    details: [{ operation: error.operation, status: error.status ?? null, code: error.code ?? null }],
    ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: pauseBefore(error.retryAfterMs, attempt) }),
  });
}
