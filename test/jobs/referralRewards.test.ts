/** The job of the referral programme as the worker builds it: what a run moves on, and what people are told. */
import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { createTelegramUser, setTelegramFaults, type TelegramUser } from '../../simulators/telegram/driver';
import { blockPerson } from '../../src/desk/block';
import { DAY_MS } from '../../src/domain/duration';
import { REFERRAL_CODE_BYTES, referralCodeOf } from '../../src/domain/referral/referral';
import { createReferralRewardActivities } from '../../src/jobs/referralRewards/activities';
import { createGrantActivities } from '../../src/worker/activities';
import type { GrantRequest } from '../../src/workflows/contracts/grant';
import { setFaults } from '../support/buyer';
import { OWNER, useActivityHarness } from '../activities/activityHarness';
import { goodwillRefund } from '../storage/postgres/shopDatabase';
import { voucherClaimed } from '../storage/postgres/vouchers';
import { inActivity } from './fakes';

const harness = useActivityHarness();

/**
 * Runs the job's activities, and what they hand to the `grant` workflow, as that one would.
 * @param later ms from now
 */
async function runJob(later = 0, broken: { readonly earn?: string; readonly userId?: number } = {}) {
  const asked: GrantRequest[] = [];
  const now = () => new Date(Date.now() + later);
  const { referrals } = harness.dependencies;
  const { main } = createReferralRewardActivities({
    ...harness.dependencies,
    referrals: {
      ...referrals,
      earn: async (paymentId, ...others) => {
        if (paymentId === broken.earn) throw new Error('one row fails');
        return referrals.earn(paymentId, ...others);
      },
    },
    now,
    grantWorkflows: () => ({
      ensureRunning: async (request) => {
        if (request.userId === broken.userId) throw new Error('one row fails');
        asked.push(request);
      },
    }),
  });
  const moved = await inActivity(() => main.moveRewards());
  for (const request of asked) {
    const grants = createGrantActivities({ ...harness.dependencies, now });
    const answer = await inActivity(() => grants.giveGrant(request));
    if (answer.outcome === 'given') await inActivity(() => grants.deliverGrant(answer)).catch(() => undefined);
  }
  await inActivity(() => main.tellOfRewards());
  return moved;
}

async function delivered(person: { id: number }) {
  const payment = await harness.paid(person);
  await harness.run('deliverSubscription', { paymentId: payment.id });
  return harness.reload(payment.id);
}
/** Somebody with a subscription, and the friend whom they have invited. */
async function pair(): Promise<{ referrer: TelegramUser; friend: TelegramUser }> {
  const [referrer, friend] = [await harness.buyer(), await harness.buyer()];
  const code = referralCodeOf(randomBytes(REFERRAL_CODE_BYTES));
  await harness.dependencies.referrals.code(referrer.id, code);
  await harness.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend.id, referrer.id]);
  await delivered(referrer);
  return { referrer, friend };
}
const read = async (person: TelegramUser, words: string) =>
  (await person.chat()).messages.filter(({ text }) => text?.includes(words)).length;
const accountEnds = async (userId: number) =>
  (
    await harness.pool.query<{ expires_at: Date; panel_expires_at: Date }>(
      'SELECT expires_at, panel_expires_at FROM subscriptions WHERE user_id = $1',
      [userId],
    )
  ).rows[0]!;

it('the friend’s days come at once, those of who invited them after the hold, each told once; a refund revokes them', async () => {
  const { referrer, friend } = await pair();
  const bought = await delivered(friend);
  const [ofFriend, ofReferrer] = [await accountEnds(friend.id), await accountEnds(referrer.id)];
  expect(await runJob()).toEqual({ earned: 1, due: 1, revoked: 0 });
  expect(await runJob()).toEqual({ earned: 0, due: 0, revoked: 0 });
  await friend.waitFor('7 days for you');
  const after = await accountEnds(friend.id);
  expect(after.expires_at.getTime() - ofFriend.expires_at.getTime()).toBe(7 * DAY_MS);
  expect(after.panel_expires_at).toEqual(after.expires_at);
  await referrer.waitFor('Your friend has bought a subscription');

  await runJob(7 * DAY_MS + 60_000);
  await runJob(7 * DAY_MS + 120_000);
  await referrer.waitFor('7 days for your friend');
  const rewarded = await accountEnds(referrer.id);
  expect(rewarded.expires_at.getTime() - ofReferrer.expires_at.getTime()).toBe(7 * DAY_MS);
  for (const words of ['Your friend has bought', '7 days for your friend']) expect(await read(referrer, words)).toBe(1);
  expect(await read(friend, '7 days for you')).toBe(1);

  await goodwillRefund(harness.dependencies.payments, bought.id);
  expect(await runJob()).toMatchObject({ revoked: 2 });
  await referrer.waitFor('The days for your friend were taken off');
  // The panel has been told by the same run: nobody else would, before the panel sync comes by.
  expect(await accountEnds(referrer.id)).toMatchObject({
    expires_at: ofReferrer.expires_at,
    panel_expires_at: ofReferrer.expires_at,
  });
  expect(await harness.dependencies.accessRevocations.unconfirmedOf(bought.id)).toEqual([]);
});

it('R4, G6: a reward whose panel is away comes later, once; one of somebody who has blocked the bot comes all the same', async () => {
  const { referrer, friend } = await pair();
  await delivered(friend);
  await runJob();
  const before = await accountEnds(referrer.id);
  await referrer.block();
  for (const panel of harness.panels) await setFaults(panel.url, { down: true });
  await runJob(8 * DAY_MS);
  const { rows } = await harness.pool.query<{ id: string; delivered_at: Date | null }>(
    `SELECT id, delivered_at FROM free_grants WHERE user_id = $1 AND kind = 'referral'`,
    [referrer.id],
  );
  expect(rows).toEqual([{ id: expect.any(String), delivered_at: null }]);
  for (const panel of harness.panels) await setFaults(panel.url, { down: null });
  const grants = createGrantActivities({ ...harness.dependencies, now: () => new Date(Date.now() + 8 * DAY_MS) });
  await inActivity(() => grants.deliverGrant({ grantId: rows[0]!.id }));
  await runJob(9 * DAY_MS);
  const after = await accountEnds(referrer.id);
  expect(after.expires_at.getTime() - before.expires_at.getTime()).toBe(7 * DAY_MS);
  expect(after.panel_expires_at).toEqual(after.expires_at);
});

it('who has blocked the bot reads of their voucher once they are back, once', async () => {
  const [referrer, friend] = [await harness.buyer(), await harness.buyer()];
  await harness.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend.id, referrer.id]);
  await delivered(friend);
  await referrer.block();
  await runJob();
  await runJob(8 * DAY_MS);
  const { rows } = await harness.pool.query<{ status: string; told_status: string | null }>(
    'SELECT status, told_status FROM referral_rewards WHERE user_id = $1',
    [referrer.id],
  );
  expect(rows).toEqual([{ status: 'voucher', told_status: null }]);
  await referrer.unblock();
  await harness.dependencies.users.setReachable(referrer.id, true);
  await runJob(8 * DAY_MS);
  await runJob(8 * DAY_MS);
  await referrer.waitFor('they wait for you as a gift');
  expect(await read(referrer, 'they wait for you as a gift')).toBe(1);
});

it('a row that fails stops no other; a run in which all fail says so', async () => {
  const [first, second] = [await pair(), await pair()];
  const bought = await delivered(first.friend);
  await delivered(second.friend);
  expect(await runJob(0, { earn: bought.id })).toMatchObject({ earned: 1, due: 1 });
  await expect(runJob(0, { earn: bought.id })).rejects.toThrow('one row fails');
  expect(await runJob(0, { userId: first.friend.id })).toMatchObject({ earned: 1, due: 0 });
  expect(await runJob(8 * DAY_MS, { userId: first.friend.id })).toMatchObject({ due: 2 });
  expect(await runJob(8 * DAY_MS)).toMatchObject({ due: 1 });
  for (const { friend } of [first, second]) await friend.waitFor('7 days for you');
});

it('a message that Telegram refuses stops no later one, and is not sent again', async () => {
  const [first, second] = [await pair(), await pair()];
  for (const { friend } of [first, second]) await delivered(friend);
  await setTelegramFaults(harness.telegramUrl, {
    failSend: {
      method: 'sendMessage',
      error_code: 400,
      description: 'Bad Request: what nobody has documented',
      times: 1,
    },
  });
  await runJob();
  await runJob();
  const told = await Promise.all(
    [first, second].flatMap((people) => [
      read(people.friend, '7 days for you'),
      read(people.referrer, 'Your friend has bought a subscription'),
    ]),
  );
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(3);
  const { rows } = await harness.pool.query(
    `SELECT subject FROM notifications WHERE kind = 'reward' AND status = 'dropped'`,
  );
  expect(rows).toHaveLength(1);
});

it('owners are asked once about a reward that looks suspicious; what they refuse its person is told', async () => {
  const { referrer, friend } = await pair();
  await delivered(friend);
  await runJob();
  await harness.pool.query(
    `UPDATE referral_rewards SET suspicions = '{refunded-twice}' WHERE user_id = $1 AND role = 'referrer'`,
    [referrer.id],
  );
  await runJob(8 * DAY_MS);
  await runJob(8 * DAY_MS);
  await referrer.waitFor('Support looks at the days for your friend');
  expect(await read(referrer, 'if support confirms it')).toBe(1);
  const { rows } = await harness.pool.query<{ id: string; status: string }>(
    `SELECT id, status FROM referral_rewards WHERE user_id = $1 AND role = 'referrer'`,
    [referrer.id],
  );
  expect(rows).toEqual([{ id: expect.any(String), status: 'waiting' }]);
  const owner = createTelegramUser(harness.telegramUrl, OWNER);
  await owner.waitFor('A reward for a friend waits for your decision');
  expect(await read(owner, `refuse ${rows[0]!.id}`)).toBe(1);
  await harness.dependencies.referrals.decide(rows[0]!.id, 'refuse', 'operator:ann');
  await runJob(8 * DAY_MS);
  await referrer.waitFor('Support has decided that the 7 days');
});

it('who has claimed somebody’s voucher is told once when days of it are revoked', async () => {
  const [referrer, friend, third] = [await harness.buyer(), await harness.buyer(), await harness.buyer()];
  await harness.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend.id, referrer.id]);
  const bought = await delivered(friend);
  await runJob();
  await runJob(8 * DAY_MS);
  const { rows } = await harness.pool.query<{ voucher_id: string }>(
    'SELECT voucher_id FROM referral_rewards WHERE user_id = $1',
    [referrer.id],
  );
  const at = new Date(Date.now() + 8 * DAY_MS);
  await voucherClaimed(harness.pool, rows[0]!.voucher_id, third.id, { locationCode: 'nl' }, at);
  await goodwillRefund(harness.dependencies.payments, bought.id);
  await runJob(10 * DAY_MS);
  await runJob(10 * DAY_MS);
  await third.waitFor('The gift is shorter now');
  await third.waitFor('has ended');
  expect(await read(third, 'The gift is shorter now')).toBe(1);
  expect(await read(referrer, 'The gift is shorter now')).toBe(0);
});

it('a reward that waits as a voucher is used by the next purchase of its person, once, and they read of it', async () => {
  const [referrer, friend] = [await harness.buyer(), await harness.buyer()];
  await harness.dependencies.referrals.code(referrer.id, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES)));
  await harness.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend.id, referrer.id]);
  await delivered(friend);
  await runJob();
  await runJob(8 * DAY_MS);
  await referrer.waitFor('so they wait for you as a gift');
  await delivered(referrer);
  const before = (await accountEnds(referrer.id)).expires_at.getTime();
  for (let n = 0; n < 3; n += 1) await runJob();
  const after = await accountEnds(referrer.id);
  expect(after.expires_at.getTime() - before).toBe(7 * DAY_MS);
  // The panel has it.
  expect(after.panel_expires_at).toEqual(after.expires_at);
  expect(await read(referrer, 'that waited for you were added')).toBe(1);
  expect(await read(referrer, 'so they wait for you as a gift')).toBe(1);
});

it('a reward got by fraud is taken back by the next run, its panel told with it, and its person reads so once', async () => {
  const { referrer, friend } = await pair();
  await delivered(friend);
  await runJob();
  await runJob(7 * DAY_MS + 60_000);
  await referrer.waitFor('7 days for your friend');
  const rewarded = await accountEnds(referrer.id);
  await blockPerson(harness.pool, { userId: referrer.id, reason: 'fraud' }, { actor: 'operator:ann' });
  expect(await runJob(7 * DAY_MS + 60_000)).toEqual({ earned: 0, due: 0, revoked: 1 });
  expect(await runJob(7 * DAY_MS + 60_000)).toEqual({ earned: 0, due: 0, revoked: 0 });
  const { text } = await referrer.waitFor('The days for your friend do not count');
  expect(text).toContain('/support');
  expect(await read(referrer, 'do not count')).toBe(1);
  const left = new Date(rewarded.expires_at.getTime() - 7 * DAY_MS);
  expect(await accountEnds(referrer.id)).toMatchObject({ expires_at: left, panel_expires_at: left });
  // The friend has theirs.
  expect(await read(friend, 'do not count')).toBe(0);
});
