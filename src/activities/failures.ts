import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isGatewayError, type GatewayError } from '../gateways/errors';

/**
 * "Not yet": fails the attempt quietly so that the retry policy asks again; counted as no error by the SDK's metrics.
 */
export function notYet(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'NotYet', category: ApplicationFailureCategory.BENIGN });
}

/** The class of a gateway's error in histories and logs, e.g. `hiddify:unreachable`. */
export const gatewayFailureType = ({ service, kind }: GatewayError): string => `${service}:${kind}`;

/** A gateway's error as Temporal should treat it; anything else unchanged (retryable). Its message holds no secret. */
export function toFailure(error: unknown): unknown {
  if (!isGatewayError(error)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: gatewayFailureType(error),
    nonRetryable: isHopeless(error),
    details: [{ operation: error.operation, status: error.status ?? null, code: error.code ?? null }],
    ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
  });
}

/**
 * Telegram refusing a message is a fault of the message: repeating it changes nothing. YooKassa and a panel refuse
 * because of credentials, limits or versions, which an operator can mend while the work waits.
 */
function isHopeless(error: GatewayError): boolean {
  return error.kind === 'refused' && error.service === 'telegram';
}
