import { describe, expect, it } from '@jest/globals';
import { TimeLimitError, withTimeLimit } from '../../src/process/timeLimit';

const never = new Promise<never>(() => undefined);

describe('a time limit', () => {
  it('answers what the work answers', async () => {
    await expect(withTimeLimit(60_000, 'the panel', Promise.resolve(7))).resolves.toBe(7);
  });

  it('throws what the work throws', async () => {
    await expect(withTimeLimit(60_000, 'the panel', Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('names the work that took too long, and aborts its signal', async () => {
    let aborted = false;
    const work = (limit: AbortSignal) => {
      limit.addEventListener('abort', () => (aborted = true));
      return never;
    };
    const late = withTimeLimit(5, 'the panel', work);
    await expect(late).rejects.toThrow(new TimeLimitError('no answer from the panel within 5 ms'));
    expect(aborted).toBe(true);
  });

  it('ends at the caller’s signal, before the limit', async () => {
    const stopped = new AbortController();
    const waiting = withTimeLimit(60_000, 'the panel', never, stopped.signal);
    stopped.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
  });
});
