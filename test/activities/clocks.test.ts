/** Clocks that differ: what lives an hour at YooKassa lives an hour here, whatever our own clock says. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/duration';
import { endOfLife } from '../../src/providers/yookassa/payments';
import { useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const setClock = (offsetMs: number) =>
  fetch(`${harness.yookassaUrl}/_sim/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ offsetMs }),
  });
afterEach(() => setClock(0));

describe('the life of a link', () => {
  it.each([
    ['an hour ahead of', -HOUR_MS],
    ['an hour behind', HOUR_MS],
    ['like', 0],
  ])('is an hour where our clock is %s YooKassa’s', async (_, offsetMs) => {
    await setClock(offsetMs);
    const { id } = await harness.open(await harness.buyer());
    const before = Date.now();
    await harness.run('createPayment', { paymentId: id });
    const { payableUntil } = await harness.reload(id);
    // `Date` counts whole seconds.
    expect(payableUntil!.getTime()).toBeGreaterThanOrEqual(before + HOUR_MS - 2_000);
    expect(payableUntil!.getTime()).toBeLessThanOrEqual(Date.now() + HOUR_MS);
  });

  it('is what YooKassa has left of it, when the answer is about a payment that was made before', () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const theirs = (ageMs: number) => ({
      createdAt: '2026-05-01T10:00:00.000Z',
      answeredAt: new Date(Date.parse('2026-05-01T10:00:00.000Z') + ageMs),
    });
    const left = (ageMs: number) => endOfLife(theirs(ageMs), now, now).getTime() - now.getTime();
    expect(left(20 * MINUTE_MS)).toBe(40 * MINUTE_MS);
    expect(left(3 * HOUR_MS)).toBe(0);
    // The answer's second is cut off: it may seem to come before the payment.
    expect(left(-900)).toBe(HOUR_MS);
  });

  it('counts from the first call when the answer has no date', () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const undated = { createdAt: '2026-05-01T10:59:00.000Z', answeredAt: undefined };
    const firstSentAt = new Date(now.getTime() - 5 * MINUTE_MS);
    expect(endOfLife(undated, firstSentAt, now).getTime() - now.getTime()).toBe(55 * MINUTE_MS);
  });
});
