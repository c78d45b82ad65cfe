import { Agent, interceptors, request } from 'undici';
import { GatewayError, type GatewayErrorKind, type GatewayService } from './errors';

export interface HttpCall {
  readonly service: GatewayService;
  /** The name of the call in errors and metrics; must hold no secret. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** The body, serialised as JSON; absent for none. */
  readonly json?: unknown;
  /**
   * Default `manual`: an API answers with a redirect to a wrong address only, and following it would hide the mistake.
   */
  readonly redirect?: 'manual' | 'follow';
  readonly timeoutMs: number;
  /** Ends the call early (a cancelled activity); the outcome is then unknown. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Called after every outside call, for metrics, with its duration in ms and how it ended (`200`, `unreachable`, ...).
 */
export type HttpObserver = (call: {
  service: GatewayService;
  operation: string;
  outcome: string;
  durationMs: number;
  /**
   * By how much this machine's clock is ahead of the service's (ms, to about a second), by the answer's `Date`; absent
   * where there was no answer with one.
   */
  clockAheadMs?: number | undefined;
}) => void;

/** Codes of errors that say that the server's certificate is not accepted. */
export const CERTIFICATE_REFUSED: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);

/** Codes of errors that are raised before a byte was sent: the call can't have had an effect. */
export const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  ...CERTIFICATE_REFUSED,
]);

/**
 * The code of an error or its causes. Checked by shape: errors of another realm (a test runner's, a worker thread's)
 * are not `instanceof Error`.
 */
function causeCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 10; depth += 1) {
    const { code, errors, cause } = at as { code?: unknown; errors?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    at = Array.isArray(errors) && errors.length > 0 ? errors[0] : cause;
  }
  return undefined;
}

const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'is self-signed',
  CERT_REVOKED: 'was revoked',
};

/** Why there was no answer, with the code that whoever searches for it finds. */
function reasonOf(code: string | undefined): string {
  if (code === undefined) return 'connection broke';
  if (!CERTIFICATE_REFUSED.has(code)) return code;
  return `the server’s certificate ${CERTIFICATE_PROBLEMS[code] ?? 'is not signed by a known authority'} (${code})`;
}

/** A panel refuses clients whose User-Agent contains "bot". */
const USER_AGENT = 'GigaBridge/1.0';
/**
 * Connections of our own, not undici's global ones: whoever is first in a process makes these, and what Node's own
 * `fetch` makes is of another version of undici, which refuses the calls of this one ("UND_ERR_INVALID_ARG").
 */
const direct = new Agent();
const followingRedirects = direct.compose(interceptors.redirect({ maxRedirections: 5 }));

function headersOf(received: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received))
    for (const one of [value ?? []].flat()) headers.append(name, one);
  return headers;
}

/**
 * One HTTP call with a time limit, by undici's `request`: what Node's `fetch` is made of, at less than half of its
 * processor time (0.6 instead of 1.3 ms a call). Every answer, whatever its status, is returned; the gateway decides
 * what it means.
 *
 * @throws GatewayError `unreachable` when the request cannot have been sent, `unknown-outcome` when it may have been.
 *   Neither holds the URL: a Telegram URL carries the bot token, a panel URL its secret path.
 */
export async function httpCall(call: HttpCall, observe?: HttpObserver): Promise<HttpAnswer> {
  const started = performance.now();
  const limit = AbortSignal.timeout(call.timeoutMs);
  const startedAt = Date.now();
  const done = (outcome: string, date: string | null = null) => {
    const clockAheadMs = aheadOf(date, startedAt, Date.now());
    const { service, operation } = call;
    observe?.({ service, operation, outcome, durationMs: performance.now() - started, clockAheadMs });
  };
  try {
    const answer = await request(call.url, {
      method: call.method,
      dispatcher: call.redirect === 'follow' ? followingRedirects : direct,
      headers: {
        Accept: 'application/json',
        'User-Agent': USER_AGENT,
        ...(call.json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...call.headers,
      },
      body: call.json === undefined ? null : JSON.stringify(call.json),
      signal: call.signal ? AbortSignal.any([limit, call.signal]) : limit,
    });
    const text = await answer.body.text();
    const [status, headers] = [answer.statusCode, headersOf(answer.headers)];
    done(String(status), headers.get('date'));
    return { status, headers, text };
  } catch (error) {
    const code = causeCode(error);
    const kind: GatewayErrorKind = code !== undefined && NEVER_SENT.has(code) ? 'unreachable' : 'unknown-outcome';
    done(kind);
    const reason = limit.aborted ? `no answer within ${call.timeoutMs} ms` : reasonOf(code);
    // The cause is left out on purpose: undici's errors may contain the address.
    throw new GatewayError(`${call.service} ${call.operation}: ${reason}`, {
      service: call.service,
      kind,
      operation: call.operation,
      ...(code ? { code } : {}),
    });
  }
}

/**
 * The pause of a `Retry-After` header in ms, as the service has named it; `undefined` without one, and for a date or
 * nonsense instead of seconds.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const seconds = headers.get('retry-after')?.trim() ?? '';
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** `Date` counts whole seconds; the answer was made at some time between question and answer. */
function aheadOf(date: string | null, askedAt: number, answeredAt: number): number | undefined {
  const theirs = date === null ? NaN : Date.parse(date) + 500;
  return Number.isNaN(theirs) ? undefined : (askedAt + answeredAt) / 2 - theirs;
}
