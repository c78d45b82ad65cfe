import { MINUTE_MS } from '../domain/duration';

/**
 * The error of every gateway. Its kind says what the caller may conclude about the effect of the call.
 *
 * - `refused`: the service refused; nothing happened, repeating the same call changes nothing.
 * - `rate-limited`: the service asks to come back later; nothing happened, `retryAfterMs` says when.
 * - `unreachable`: the request was never sent (DNS, refused connection, connect time-out); nothing happened.
 * - `unknown-outcome`: the request may have been carried out (5xx, read time-out, reset, unreadable answer).
 *   Only an idempotent repeat or a read may follow.
 */
export type GatewayErrorKind = 'refused' | 'rate-limited' | 'unreachable' | 'unknown-outcome';

/** `telegram`, `hiddify` (a panel), or a payment provider by its id. */
export type GatewayService = string;

export interface GatewayErrorDetails {
  readonly service: GatewayService;
  readonly kind: GatewayErrorKind;
  /** The name of the call, without secrets: `createPayment`, `getUser`. */
  readonly operation: string;
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  /** The service's own error code (`invalid_request`, `not_found`); its free text is never used. */
  readonly code?: string;
  /** The request parameter that the service did not accept, when it names one. */
  readonly parameter?: string;
  /** Milliseconds to wait, when the service said so; see `boundedPause`. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Work that somebody paid for is tried at least this often, whatever pause a service asks for. */
export const LONGEST_PAUSE_MS = 5 * MINUTE_MS;
/** A service that says "at once" again and again is not asked in a loop. */
export const SHORTEST_PAUSE_MS = 1_000;

/**
 * A pause that an outside service has named, within what the shop accepts.
 * @param ms untrusted: it may be zero, negative, years, or no number
 * @returns `undefined` when no pause was named
 */
export function boundedPause(ms: number | undefined): number | undefined {
  if (ms === undefined || Number.isNaN(ms)) return undefined;
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, Math.ceil(ms)));
}

/** Thrown by every gateway. Its message holds no token, key or link: safe for logs and workflow histories. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly service: GatewayService;
  readonly kind: GatewayErrorKind;
  readonly operation: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly parameter: string | undefined;
  /** Between `SHORTEST_PAUSE_MS` and `LONGEST_PAUSE_MS`. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: GatewayErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.service = details.service;
    this.kind = details.kind;
    this.operation = details.operation;
    this.status = details.status;
    this.code = details.code;
    this.parameter = details.parameter;
    this.retryAfterMs = boundedPause(details.retryAfterMs);
  }
}

/** Its class, without words of the service: `refused 400 invalid_request amount`. */
export function errorClass({ kind, status, code, parameter }: GatewayError): string {
  return [kind, status, code, parameter].filter((part) => part !== undefined).join(' ');
}

/**
 * Whether Telegram refused this message, whatever else is sent: not its token, and not because it was away. Repeating
 * the same message changes nothing.
 */
export function isRefusedMessage(error: unknown): error is GatewayError {
  const isToken = isGatewayError(error) && (error.status === 401 || error.status === 404);
  return isGatewayError(error) && error.service === 'telegram' && error.kind === 'refused' && !isToken;
}

export function isGatewayError(error: unknown): error is GatewayError {
  return error instanceof GatewayError;
}
