import { z } from 'zod';
import { GatewayError, type GatewayErrorKind } from '../errors';
import { retryAfterMs, type HttpAnswer } from '../http';
import { parseJson } from '../text';

/**
 * The error object (YooKassa docs, response format). Its `description` is for people and changes, so it is not read.
 */
/** A word that may stand in logs. What answers may be a proxy, with any text of any length in these fields. */
const word = z
  .string()
  .regex(/^[\w.:[\]-]{1,100}$/)
  .optional()
  .catch(undefined);
const errorBody = z.object({
  id: word,
  code: word,
  parameter: word,
  /** Milliseconds. */
  retry_after: z.number().min(0).optional().catch(undefined),
});

function kindOf(status: number): GatewayErrorKind {
  if (status === 429) return 'rate-limited';
  // 408 comes from a proxy, which can't know whether the request reached YooKassa.
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown-outcome';
}

/**
 * The error that an answer other than 200 means. Everything but a clear refusal or a 429 leaves the outcome unknown:
 * 5xx by YooKassa's docs, 202 because the request is still being processed, redirects and other 2xx because the docs
 * don't define them.
 */
export function refusal(operation: string, answer: HttpAnswer): GatewayError {
  const body = errorBody.safeParse(parseJson(answer.text)).data ?? {};
  // The header counts in seconds, unlike the body.
  const pauseMs = body.retry_after ?? retryAfterMs(answer.headers);
  const about = [body.code, body.parameter && `parameter ${body.parameter}`, body.id && `request ${body.id}`]
    .filter(Boolean)
    .join(', ');
  return new GatewayError(`yookassa ${operation}: HTTP ${answer.status}${about ? ` (${about})` : ''}`, {
    service: 'yookassa',
    kind: kindOf(answer.status),
    operation,
    status: answer.status,
    ...(body.code !== undefined && { code: body.code }),
    ...(body.parameter !== undefined && { parameter: body.parameter }),
    ...(pauseMs !== undefined && { retryAfterMs: pauseMs }),
  });
}

/**
 * Whether a read failed because YooKassa does not know the id: 404 by the docs, 400 by observation of the live service.
 * An answer without YooKassa's own error code (a proxy's 404 page) does not count as proof that there is no such
 * payment.
 */
export function isUnknownObject(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    error.service === 'yookassa' &&
    error.kind === 'refused' &&
    error.operation.startsWith('get') &&
    ((error.status === 404 && error.code === 'not_found') || (error.status === 400 && error.code === 'invalid_request'))
  );
}
