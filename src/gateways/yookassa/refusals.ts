import { z } from 'zod';
import { GatewayError, type GatewayErrorKind } from '../errors';
import type { HttpAnswer } from '../http';

/** The error object (YooKassa docs, response format). Its `description` is for people and changes: it is not even read. */
const errorBody = z.object({
  id: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  parameter: z.string().optional().catch(undefined),
  /** Milliseconds. */
  retry_after: z.number().min(0).optional().catch(undefined),
});

function kindOf(status: number): GatewayErrorKind {
  if (status === 429) return 'rate-limited';
  // 408 comes from a proxy on the way, which cannot know whether the request had got through.
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown-outcome';
}

/**
 * What an answer other than 200 means. Everything that isn't a clear "no" or "later" leaves the outcome unknown:
 * 5xx by the docs' own words, 202 because the service is still at it, redirects and other 2xx because they are nobody's promise.
 */
export function refusal(operation: string, answer: HttpAnswer): GatewayError {
  const body = errorBody.safeParse(parseJson(answer.text)).data ?? {};
  const retryAfterMs = body.retry_after ?? retryAfterHeader(answer.headers.get('retry-after'));
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
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Undefined for anything that isn't JSON: 405 and 415 come with a page, proxies answer with theirs. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The header counts in seconds, unlike the body. */
function retryAfterHeader(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}

/**
 * True when a read failed because YooKassa does not know the id: 404 by the spec, 400 by what others have seen live.
 * An answer without YooKassa's own error code (a proxy's 404 page) doesn't count: "no such payment" is a claim about money.
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

/** True when the key was used before with other data: whatever that was, it was carried out, so find it before trying a new key. */
export function isKeyReused(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    error.service === 'yookassa' &&
    error.status === 400 &&
    error.parameter === 'Idempotence-Key'
  );
}
