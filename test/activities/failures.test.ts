import { describe, expect, it } from '@jest/globals';
import { toFailure } from '../../src/activities/failures';
import { GatewayError, LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from '../../src/gateways/errors';

const rateLimited = (retryAfterMs: number) =>
  new GatewayError('hiddify ensureUser: 429', {
    service: 'hiddify',
    kind: 'rate-limited',
    operation: 'ensureUser',
    retryAfterMs,
  });
const pauseOf = (retryAfterMs: number, attempt = 1) =>
  (toFailure(rateLimited(retryAfterMs), attempt) as { nextRetryDelay?: number }).nextRetryDelay;

describe('a pause that a service names', () => {
  it.each([86_400_000, 1e300, Infinity])('of %d ms is waited for at most five minutes', (ms) => {
    expect(pauseOf(ms)).toBe(LONGEST_PAUSE_MS);
  });
  it.each([0, -1, 0.2])('of %d ms is lengthened, so that retries make no hot loop', (ms) => {
    expect(pauseOf(ms)).toBe(SHORTEST_PAUSE_MS);
    expect(pauseOf(ms, 5)).toBe(16_000);
    expect(pauseOf(ms, 1_000)).toBe(60_000);
  });
  it('that is sensible is kept, and one that is no number is none', () => {
    expect(pauseOf(7_000)).toBe(7_000);
    expect(pauseOf(NaN)).toBeUndefined();
  });
});
