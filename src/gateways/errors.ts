/**
 * The one error shape of everything outside: what the caller may conclude about the effect it asked for.
 *
 * - `refused`: the service answered and said no; nothing happened, repeating the same call changes nothing.
 * - `rate-limited`: the service said "later"; nothing happened, `retryAfterMs` tells when to come back.
 * - `unreachable`: the request never left us (DNS, refused connection, connect time-out); nothing happened.
 * - `unknown-outcome`: the request may have been carried out (5xx, read time-out, reset, unreadable answer).
 *   Only an idempotent repeat or a read may follow.
 */
export type GatewayErrorKind = 'refused' | 'rate-limited' | 'unreachable' | 'unknown-outcome';

export type GatewayService = 'telegram' | 'yookassa' | 'hiddify';

export interface GatewayErrorDetails {
  readonly service: GatewayService;
  readonly kind: GatewayErrorKind;
  /** What was being done, in our words, without secrets: `createPayment`, `GET user`. */
  readonly operation: string;
  /** HTTP status, where an answer came. */
  readonly status?: number;
  /** The service's own error code (`invalid_request`, `not_found`), never a free text to branch on. */
  readonly code?: string;
  /** The request parameter the service complained about, where it names one. */
  readonly parameter?: string;
  /** Milliseconds to wait, where the service said so. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
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
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: GatewayErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.service = details.service;
    this.kind = details.kind;
    this.operation = details.operation;
    this.status = details.status;
    this.code = details.code;
    this.parameter = details.parameter;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export function isGatewayError(error: unknown): error is GatewayError {
  return error instanceof GatewayError;
}
