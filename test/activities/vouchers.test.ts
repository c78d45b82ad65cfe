/** A voucher's activities as the worker builds them: claimed once, delivered by the code of purchases, its key sent. */
import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import type { VoucherPlace } from '../../src/domain/voucher/voucher';
import { createGrantActivities } from '../../src/worker/activities';
import type { GiftGrantRequest } from '../../src/workflows/contracts/grant';
import { inActivity } from '../jobs/fakes';
import { setFaults } from '../support/buyer';
import { oneVoucher } from '../storage/postgres/vouchers';
import { useActivityHarness } from './activityHarness';

const harness = useActivityHarness();

/** Runs one attempt of an activity. @param later ms from now */
const run = <T>(work: (activities: ReturnType<typeof createGrantActivities>) => Promise<T>, later = 0): Promise<T> =>
  inActivity(() => work(createGrantActivities({ ...harness.dependencies, now: () => new Date(Date.now() + later) })));

const voucher = async (): Promise<string> => (await oneVoucher(harness.pool)).id;
const claimOf = (source: string, userId: number, place: VoucherPlace = { locationCode: 'nl' }): GiftGrantRequest => ({
  kind: 'gift',
  source,
  userId,
  place,
  terms: null,
  askedAt: Date.now(),
});
const give = (request: GiftGrantRequest) => run(({ giveGrant }) => giveGrant(request));
async function given(request: GiftGrantRequest): Promise<string> {
  const answer = await give(request);
  if (answer.outcome !== 'given') throw new Error(answer.why);
  return answer.grantId;
}
const subscriptionOf = async (grantId: string) =>
  (
    await harness.pool.query<
      Record<'id' | 'status' | 'panel_user_id', string> & Record<'starts_at' | 'expires_at', Date>
    >(
      `SELECT u.id, u.status, u.starts_at, u.expires_at, u.panel_user_id FROM subscriptions u
         JOIN free_grants g ON g.subscription_id = u.id WHERE g.id = $1`,
      [grantId],
    )
  ).rows[0]!;
const accountOf = async (panelUserId: string) =>
  (await harness.accounts(0)).get(panelUserId) ?? (await harness.accounts(1)).get(panelUserId);

describe('what a voucher gives', () => {
  it('is one account, however often each step is repeated, and its key arrives once; another person gets nothing', async () => {
    const [person, other, source] = [await harness.buyer(), await harness.buyer(), await voucher()];
    const grantId = await given(claimOf(source, person.id));
    expect(await given(claimOf(source, person.id))).toBe(grantId);
    expect(await give(claimOf(source, other.id))).toEqual({ outcome: 'refused', why: 'claimed' });
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'issued' });
    const { status, starts_at, expires_at, panel_user_id } = await subscriptionOf(grantId);
    expect([status, expires_at.getTime() - starts_at.getTime()]).toEqual(['active', 30 * DAY_MS]);
    expect(await accountOf(panel_user_id)).toMatchObject({ is_active: true });

    for (let attempt = 0; attempt < 2; attempt += 1) await run(({ sendGrantKey }) => sendGrantKey({ grantId }));
    const keys = (await person.chat()).messages.filter(({ caption, text }) => (caption ?? text)?.includes('Your key'));
    expect(keys).toHaveLength(1);
  });

  it('is added to a subscription on its own account, and the panel is told the sum', async () => {
    const person = await harness.buyer();
    const first = await given(claimOf(await voucher(), person.id));
    await run(({ deliverGrant }) => deliverGrant({ grantId: first }));
    const before = await subscriptionOf(first);
    const grantId = await given(claimOf(await voucher(), person.id, { subscriptionId: before.id }));
    expect(await run(({ deliverGrant }) => deliverGrant({ grantId }))).toEqual({ outcome: 'issued' });
    const after = await subscriptionOf(grantId);
    expect(after).toMatchObject({ id: before.id, status: 'active', panel_user_id: before.panel_user_id });
    expect(after.expires_at.getTime() - before.expires_at.getTime()).toBe(30 * DAY_MS);
    const account = await accountOf(before.panel_user_id);
    expect(account).toMatchObject({ is_active: true, usage_limit_GB: 200 });
    expect([60, 61]).toContain(account?.package_days);
    const { source } = (
      await harness.pool.query<{ source: string }>('SELECT source FROM free_grants WHERE id = $1', [grantId])
    ).rows[0]!;
    const request = claimOf(source, person.id, { subscriptionId: before.id });
    await run(({ showGrant }) => showGrant({ request, messageId: 999_999, stage: 'issued' }));
    await person.waitFor('The key is the same as before');
  });

  it('whose panel is away is delivered when it is back, with its days from then', async () => {
    const { id } = await harness.buyer();
    const grantId = await given(claimOf(await voucher(), id));
    for (const panel of harness.panels) await setFaults(panel.url, { down: true });
    await expect(run(({ deliverGrant }) => deliverGrant({ grantId }))).rejects.toThrow();
    expect(await subscriptionOf(grantId)).toMatchObject({ status: 'pending' });
    for (const panel of harness.panels) await setFaults(panel.url, { down: null });

    const later = 5 * DAY_MS;
    const from = Date.now() + later;
    await run(({ deliverGrant }) => deliverGrant({ grantId }), later);
    const { status, starts_at, expires_at } = await subscriptionOf(grantId);
    expect([status, expires_at.getTime() - starts_at.getTime()]).toEqual(['active', 30 * DAY_MS]);
    expect(starts_at.getTime()).toBeGreaterThanOrEqual(from);
  });

  it('G6: is told in the message in which somebody asked for it; nothing of it waits for who has blocked the bot', async () => {
    const [person, other, source] = [await harness.buyer(), await harness.buyer(), await voucher()];
    await given(claimOf(source, person.id));
    const request = claimOf(source, other.id);
    const messageId = 999_999;
    await run(({ showGrant }) => showGrant({ request, messageId, stage: 'claimed' }));
    await other.waitFor('This gift has been claimed already');
    await other.block();
    await run(({ showGrant }) => showGrant({ request, messageId, stage: 'claimed' }));
    const { rows } = await harness.pool.query('SELECT unreachable_at FROM users WHERE telegram_id = $1', [other.id]);
    expect(rows).toEqual([{ unreachable_at: expect.any(Date) }]);
  });
});
