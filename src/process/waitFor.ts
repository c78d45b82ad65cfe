import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { explained } from './explained';
import { TimeLimitError, withTimeLimit } from './timeLimit';

/** Something the process can't do without did not answer in time. The message is for whoever starts the process. */
export class DependencyUnavailableError extends Error {
  override readonly name = 'DependencyUnavailableError';
}

export interface WaitForOptions<T> {
  /** `PostgreSQL`, as the operator knows it. */
  readonly name: string;
  /** Where it is expected, without password: `localhost:5432`. */
  readonly where: string;
  /** The setting that says where: `DATABASE_URL`. */
  readonly setting: string;
  /** One attempt: resolves when it is there. */
  readonly attempt: () => Promise<T>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Ends the waiting at once, for a process that is told to stop. */
  readonly signal?: AbortSignal;
  /** Default 60 s. */
  readonly giveUpAfterMs?: number;
  /** One attempt; a server that takes the connection and says nothing counts as away. Default 10 s. */
  readonly attemptMs?: number;
  /** Between two attempts. Default 1 s. */
  readonly pauseMs?: number;
  /** Between two lines in the log. Default 3 s. */
  readonly sayEveryMs?: number;
}

/**
 * Waits at start for something that may still be coming up, saying so every few seconds.
 * @throws DependencyUnavailableError after `giveUpAfterMs`: what was missing, where it was looked for, what to do
 */
export async function waitFor<T>(options: WaitForOptions<T>): Promise<T> {
  const {
    name,
    where,
    setting,
    attempt,
    logger,
    signal,
    giveUpAfterMs = 60_000,
    attemptMs = 10_000,
    pauseMs = 1_000,
    sayEveryMs = 3_000,
  } = options;
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let saidAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await withTimeLimit(
        Math.min(attemptMs, Math.max(1, giveUpAfterMs - elapsed())),
        name,
        attempt(),
        signal,
      );
      if (saidAt > -Infinity) logger.info({ dependency: name, afterMs: Math.round(elapsed()) }, `${name} is there`);
      return value;
    } catch (error) {
      signal?.throwIfAborted();
      const known = explained(error);
      const reason = known?.problem ?? describe(error);
      if (elapsed() >= giveUpAfterMs) {
        if (known) throw new DependencyUnavailableError(`${known.problem}. ${known.advice} Nothing was changed.`);
        throw new DependencyUnavailableError(
          `${name} did not answer at ${where} for ${Math.round(giveUpAfterMs / 1000)} s (${reason}). Start it, or correct ${setting}; nothing was changed.`,
        );
      }
      if (performance.now() - saidAt >= sayEveryMs) {
        logger.warn(
          { dependency: name, where, waitedMs: Math.round(elapsed()), reason },
          `waiting for ${name} at ${where}`,
        );
        saidAt = performance.now();
      }
      await pause(
        Math.min(pauseMs, Math.max(0, giveUpAfterMs - elapsed())),
        undefined,
        signal === undefined ? {} : { signal },
      );
    }
  }
}

/** Host and port, or the socket, of an address that may hold a password. */
export function placeOf(url: string): string {
  // `user@/database?host=/folder` names a folder of sockets; an address without a host is none to `URL`.
  const readable = url.replace('@/', '@socket/');
  if (!URL.canParse(readable)) return 'an address that cannot be read';
  const { host, searchParams } = new URL(readable);
  const socket = searchParams.get('host') ?? decodeURIComponent(host);
  return socket.startsWith('/') ? `the socket in ${socket}` : socket || 'this machine';
}

/** A code where there is one: error texts of clients may quote the address with its password. */
function describe(error: unknown): string {
  if (error instanceof TimeLimitError) return 'no answer';
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { code, errors, cause } = at as { code?: unknown; errors?: unknown[]; cause?: unknown };
    if (typeof code === 'string') return code;
    at = Array.isArray(errors) && errors.length > 0 ? errors[0] : cause;
  }
  return error instanceof Error ? error.name : 'no answer';
}
