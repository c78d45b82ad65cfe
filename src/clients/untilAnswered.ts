import { setTimeout as sleep } from 'node:timers/promises';

/**
 * google.rpc.Code of calls that a Temporal which is there has not carried out, or does not know whether it has: too
 * slow, too busy, beaten by another one, not reached.
 */
const UNDECIDED = new Set([4, 8, 10, 14]);
/** About a minute in all, as long as a process waits for Temporal at its start. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

/**
 * Makes a call of Temporal's client that may be repeated without a second effect until it is answered.
 *
 * @param options.pause waits so many ms; another one only in tests
 * @throws the client's error at once when it is an answer, or after the last attempt
 */
export async function untilAnswered<T>(
  call: () => Promise<T>,
  { pause = sleep }: { readonly pause?: (ms: number) => Promise<unknown> } = {},
): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!isUndecided(error)) throw error;
    }
    await pause(pauseMs);
  }
  return call();
}

function isUndecided(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return [code, cause?.code].some((one) => typeof one === 'number' && UNDECIDED.has(one));
}
