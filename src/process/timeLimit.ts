/** Thrown when work took longer than its limit. The work itself goes on; whatever comes of it later is ignored. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/**
 * Waits for work, but not longer than a limit.
 *
 * @param ms the limit in milliseconds
 * @param what names the work in the error: "no answer from <what> within <ms> ms"
 * @param work a promise, or a function that gets a signal which aborts at the limit
 * @param signal ends the waiting before the limit
 * @throws TimeLimitError at the limit, the signal's reason when it aborts, otherwise whatever the work throws. An error
 * that comes after the limit is dropped.
 */
export async function withTimeLimit<T>(
  ms: number,
  what: string,
  work: Promise<T> | ((limit: AbortSignal) => Promise<T>),
  signal?: AbortSignal,
): Promise<T> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => {
      limit.abort();
      reject(new TimeLimitError(`no answer from ${what} within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([typeof work === 'function' ? work(limit.signal) : work, tooLate]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
