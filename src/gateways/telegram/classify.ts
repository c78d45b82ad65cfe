import { GrammyError, HttpError } from 'grammy';
import { GatewayError } from '../errors';
import { NEVER_SENT } from '../http';
import { mistakeCode, normalRefusal, type NormalRefusal } from './refusals';

/** What a failed Bot API call means. Everything but `failed` is a normal outcome and no fault. */
export type TelegramVerdict = NormalRefusal | { readonly kind: 'failed'; readonly error: GatewayError };

/** For a 429 that does not say how long to wait. */
const DEFAULT_RETRY_AFTER_MS = 1000;

/**
 * What an error thrown by grammY means.
 *
 * The resulting error has neither the cause nor Telegram's free text: grammY's HttpError contains the address with the
 * bot token, its GrammyError the whole payload, and Telegram quotes refused texts and links (a subscription link is a
 * secret).
 *
 * @param operation the name of the call: `sendMessage`
 */
export function classifyTelegramError(thrown: unknown, operation: string): TelegramVerdict {
  if (thrown instanceof GrammyError) return classifyAnswer(thrown, operation);
  const code = thrown instanceof HttpError ? networkCode(thrown.error) : undefined;
  const kind = code !== undefined && NEVER_SENT.has(code) ? 'unreachable' : 'unknown-outcome';
  return failed(operation, kind, code ?? 'no readable answer', code === undefined ? {} : { code });
}

function classifyAnswer(answer: GrammyError, operation: string): TelegramVerdict {
  // Untrusted: what answers may be a proxy, and then grammY's fields hold whatever it has sent, or nothing.
  const { error_code: status, description, parameters } = answer as Partial<Record<keyof GrammyError, unknown>>;
  if (typeof status !== 'number') return failed(operation, 'unknown-outcome', 'no readable answer', {});
  if (status === 429)
    return failed(operation, 'rate-limited', '429', { status, retryAfterMs: retryAfterMs(parameters) });
  const isRefusal = status >= 400 && status < 500 && typeof description === 'string';
  if (!isRefusal) return failed(operation, 'unknown-outcome', String(status), { status });
  return classifyRefusal(status, description.toLowerCase(), operation);
}

function classifyRefusal(status: number, description: string, operation: string): TelegramVerdict {
  const normal = status === 400 || status === 403 ? normalRefusal(description) : undefined;
  if (normal) return normal;
  const code = mistakeCode(description) ?? statusCode(status);
  // The offset helps to find the fault in a template; the text around it may be a person's name and is left out.
  const offset = /at byte offset (\d+)/.exec(description)?.[1];
  const where = offset === undefined ? '' : ` at byte ${offset}`;
  return failed(operation, 'refused', `${status} ${code}${where}`, { status, code });
}

/** `retry_after` counts in seconds. */
function retryAfterMs(parameters: unknown): number {
  const seconds = (parameters as { retry_after?: unknown } | null | undefined)?.retry_after;
  return typeof seconds === 'number' ? seconds * 1000 : DEFAULT_RETRY_AFTER_MS;
}

function statusCode(status: number): string {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 413:
      return 'too-large';
    default:
      return 'bad-request';
  }
}

function failed(
  operation: string,
  kind: GatewayError['kind'],
  reason: string,
  details: { status?: number; code?: string; retryAfterMs?: number },
): TelegramVerdict {
  return {
    kind: 'failed',
    error: new GatewayError(`telegram ${operation}: ${reason}`, { service: 'telegram', kind, operation, ...details }),
  };
}

/** By shape: an error of another realm (a test runner's, a worker thread's) is not `instanceof Error`. */
function networkCode(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^\w{1,60}$/.test(code)) return code;
  // grammY reports its own time limit as a plain error; the request had been sent by then.
  return typeof message === 'string' && /timed out after/.test(message) ? 'timeout' : undefined;
}
