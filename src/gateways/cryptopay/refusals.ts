import { z } from 'zod';
import { GatewayError, type GatewayErrorKind } from '../errors';
import { retryAfterMs, type HttpAnswer } from '../http';
import { parseJson } from '../text';

/**
 * `{ok: false, error: {code, name}}` (Crypto Pay docs). There is no official list of names: they are kept for logs, and
 * nothing is concluded from them. What answers may be a proxy, with any text of any length in this field.
 */
const errorBody = z.object({
  ok: z.literal(false),
  error: z.object({
    name: z
      .string()
      .regex(/^[\w.:-]{1,100}$/)
      .optional()
      .catch(undefined),
  }),
});

function kindOf(status: number): GatewayErrorKind {
  if (status === 429) return 'rate-limited';
  // 408 comes from a proxy, which can't know whether the request reached Crypto Pay.
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown-outcome';
}

/** The error that an answer other than 200 means. Everything but a 4xx leaves the outcome unknown. */
export function refusal(operation: string, answer: HttpAnswer): GatewayError {
  const name = errorBody.safeParse(parseJson(answer.text)).data?.error.name;
  const pauseMs = retryAfterMs(answer.headers);
  return new GatewayError(`cryptopay ${operation}: HTTP ${answer.status}${name === undefined ? '' : ` (${name})`}`, {
    service: 'cryptopay',
    kind: kindOf(answer.status),
    operation,
    status: answer.status,
    ...(name !== undefined && { code: name }),
    ...(pauseMs !== undefined && { retryAfterMs: pauseMs }),
  });
}

/** A request that is wrong before it is sent. */
export function neverSent(operation: string, parameter: string, reason: string): GatewayError {
  const message = `cryptopay ${operation}: ${reason}; nothing was sent`;
  return new GatewayError(message, { service: 'cryptopay', kind: 'refused', operation, parameter });
}

/** A 200 that can't be read: the call may have had its effect. The text is left out, for it may hold a person's data. */
export function unreadable(operation: string, where: string): GatewayError {
  const message = `cryptopay ${operation}: unreadable answer (${where})`;
  return new GatewayError(message, { service: 'cryptopay', kind: 'unknown-outcome', operation, status: 200 });
}

/** The app is suspended by Crypto Pay: nothing happened, and the same call works once it is not (status 423). */
export function isSuspended(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.service === 'cryptopay' && error.status === 423;
}
