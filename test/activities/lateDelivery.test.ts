/** A key that comes long after its money, because the panel was away: with all the time that was paid for. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { setFaults } from '../support/buyer';
import { useActivityHarness } from './activityHarness';
import { DAY_MS } from '../../src/domain/duration';

const harness = useActivityHarness();

const subscriptionOf = async (paymentId: string) =>
  (
    await harness.pool.query<{ starts_at: Date; expires_at: Date; panel_user_id: string; panel_expires_at: Date }>(
      'SELECT u.* FROM subscriptions u JOIN payments p ON p.subscription_id = u.id WHERE p.id = $1',
      [paymentId],
    )
  ).rows[0]!;

/** The money came so many days ago. */
async function paidDaysAgo(count: number, serverCode: string) {
  const { id } = await harness.open(await harness.buyer(), { serverCode });
  await harness.run('createPayment', { paymentId: id });
  await harness.payAtYooKassa(id);
  const ids = { subscriptionId: randomUUID(), panelUserId: randomUUID() };
  await harness.payments.recordPaid(id, ids, new Date(Date.now() - count * DAY_MS));
  return harness.reload(id);
}
const today = () => new Date().toISOString().slice(0, 10);

describe('the key of a payment whose panel was away', () => {
  it.each([
    ['for a day', 1, 'nl-1', 0],
    ['for longer than the plan lasts, on an old panel', 40, 'nl-2', 1],
  ])('%s: all its days begin with the delivery, on the panel too', async (_, count, serverCode, panel) => {
    const { id } = await paidDaysAgo(count, serverCode);
    const before = Date.now();
    const dateBefore = today();
    expect(await harness.run('deliverSubscription', { paymentId: id })).toEqual({ outcome: 'issued' });
    const { starts_at, expires_at, panel_user_id, panel_expires_at } = await subscriptionOf(id);
    expect(starts_at.getTime()).toBeGreaterThanOrEqual(before);
    expect(expires_at.getTime() - starts_at.getTime()).toBe(30 * DAY_MS);
    expect(panel_expires_at).toEqual(expires_at);
    const account = (await harness.accounts(panel)).get(panel_user_id)!;
    expect(account.is_active).toBe(true);
    expect([dateBefore, today()]).toContain(account.start_date);
  });

  it('whose first answer is lost: the second attempt adds nothing', async () => {
    const { id } = await paidDaysAgo(1, 'nl-1');
    await setFaults(harness.panels[0]!.url, { resetAfterCommit: { times: 1, method: 'POST' }, down: false });
    const before = Date.now();
    for (let attempt = 0; attempt < 3; attempt += 1)
      await harness.run('deliverSubscription', { paymentId: id }).catch(() => undefined);
    expect((await harness.reload(id)).status).toBe('issued');
    const { starts_at, expires_at } = await subscriptionOf(id);
    expect(starts_at.getTime()).toBeGreaterThanOrEqual(before);
    expect(expires_at.getTime() - starts_at.getTime()).toBe(30 * DAY_MS);
  });

  it('is told the newer term again by an attempt that finds itself outdated', async () => {
    const { id } = await paidDaysAgo(3, 'nl-1');
    // The attempt under way has read the term as it was; meanwhile another one delivers a later term.
    const stale = await subscriptionOf(id);
    await harness.run('deliverSubscription', { paymentId: id });
    const delivered = await subscriptionOf(id);
    const told = { serverCode: 'nl-1', trafficGb: 100, unlimitedUntil: null, laterTrafficGb: 0 };
    expect(await harness.payments.recordDelivered(id, { ...told, expiresAt: stale.expires_at })).toBe('stale');
    expect(await harness.payments.recordDelivered(id, { ...told, expiresAt: delivered.expires_at })).toBe('issued');
  });

  it('can be refunded for as long after the delivery as a key that came at once', async () => {
    const { id } = await paidDaysAgo(3, 'nl-1');
    await harness.run('deliverSubscription', { paymentId: id });
    expect(await harness.run('judgeBuyerRefund', { paymentId: id, requestId: id })).toEqual({ verdict: 'allowed' });
  });
});
