/**
 * The audit of rewards for friends: it finds nothing in what the shop does, whatever is refunded when, and something in
 * every row that is damaged.
 */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { referralRule } from '../../../src/domain/referral/referral';
import { forfeitForFraud } from '../../../src/desk/forfeitReward';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { createReferralsRepository } from '../../../src/storage/postgres/referrals';
import { compareRewards } from '../../../src/support/audit/rewards';
import { days, useShop } from './shopDatabase';
import { voucherClaimed } from './vouchers';

const shop = useShop();
const RULE = referralRule(7, 0);
const referrals = () => createReferralsRepository(shop.pool);
const wrong = async () => {
  const rules = { now: new Date(Date.now() + 3_600_000), graceMs: 600_000 };
  const rewards = await createAuditRepository(shop.pool).rewards(new Date(0));
  return compareRewards(rewards, rules as Parameters<typeof compareRewards>[1]);
};

beforeEach(() => shop.pool.query('DELETE FROM referral_rewards'));

/** A purchase of a friend with both rewards, each given when it is due. */
async function rewarded({ hasSubscription = true } = {}) {
  const referrer = await shop.buyer();
  if (hasSubscription) await shop.issued(referrer);
  const friend = await shop.buyer();
  await shop.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend, referrer]);
  const { id: payment } = await shop.issued(friend);
  await referrals().earn(payment, RULE, new Date());
  const { rows } = await shop.pool.query<{ id: string; role: string; due_at: Date }>(
    'SELECT id, role, due_at FROM referral_rewards WHERE payment_id = $1 ORDER BY role',
    [payment],
  );
  const [ofFriend, ofReferrer] = rows as [(typeof rows)[0], (typeof rows)[0]];
  return {
    ...{ payment, referrer, id: ofReferrer.id, dueAt: ofReferrer.due_at, ofFriend: ofFriend.id },
    give: async () => {
      for (const { id, due_at } of rows) await referrals().give({ id, grantId: randomUUID() }, due_at);
    },
    refund: (kopecks: number | null = null) => shop.refund(payment, { kopecks }),
    revoke: async (at = new Date()) => {
      for (const { id } of rows) await referrals().revoke(id, at);
    },
  };
}
async function claim(rewardId: string, userId: number, at: Date): Promise<void> {
  const { voucher_id } = await shop.row('referral_rewards', 'id = $1', rewardId);
  await voucherClaimed(shop.pool, voucher_id, userId, { locationCode: 'nl' }, at);
}

describe('nothing is found', () => {
  it('in rewards that wait, that were given, or that went against what was owed', async () => {
    await rewarded();
    await (await rewarded()).give();
    await (await rewarded({ hasSubscription: false })).give();
    expect(await wrong()).toEqual([]);
  });

  it('in those of refunded purchases, before and after they were given, used up or claimed', async () => {
    for (const kopecks of [null, 5_000]) {
      const before = await rewarded();
      await before.refund(kopecks);
      await before.revoke();
      for (const usedDays of [0, 3]) {
        const after = await rewarded();
        await after.give();
        await after.refund(kopecks);
        await after.revoke(new Date(Date.now() + days(30 + usedDays)));
      }
      for (const isClaimed of [true, false]) {
        const voucher = await rewarded({ hasSubscription: false });
        await voucher.give();
        if (isClaimed) await claim(voucher.id, await shop.buyer(), new Date());
        await voucher.refund(kopecks);
        await voucher.revoke(new Date(Date.now() + days(2)));
      }
    }
    expect(await wrong()).toEqual([]);
  });
});

describe('a damaged row is found', () => {
  const change = (id: string, set: string) => shop.pool.query(`UPDATE referral_rewards SET ${set} WHERE id = $1`, [id]);

  it.each([
    [`status = 'granted'`, 'the book of grants has nothing of it'],
    [`status = 'offset'`, '0 days of 7 were offset'],
    [`offset_days = 2`, '2 days of it were offset'],
    [`owed_days = 2`, '2 days are owed'],
    [`status = 'canceled'`, 'nothing of its purchase was refunded'],
    [`status = 'revoked'`, 'nothing of its purchase was refunded'],
  ])('of one that waits: %s', async (set, detail) => {
    await change((await rewarded()).id, set);
    expect(await wrong()).toMatchObject([{ kind: 'wrong-reward', detail: expect.stringContaining(detail) }]);
  });

  it.each([
    [`days = 8`, `${days(7)} ms were given, not ${days(8)}`],
    [`offset_days = 1`, `${days(7)} ms were given, not ${days(6)}`],
    [`status = 'waiting'`, 'the book of grants has days of it'],
    [`status = 'refused'`, 'the book of grants has days of it'],
    [`grant_id = NULL`, 'its grant is null'],
    [`user_id = friend_id`, 'has it'],
    [`owed_days = 1`, '1 days are owed'],
  ])('of one that was given: %s', async (set, detail) => {
    const reward = await rewarded();
    await reward.give();
    await change(reward.id, set);
    expect(await wrong()).toMatchObject([{ kind: 'wrong-reward', detail: expect.stringContaining(detail) }]);
  });

  it.each([
    [`owed_days = 1`, '1 days are owed, not 0'],
    [`status = 'granted'`, 'its purchase was refunded'],
    [`days = 9`, `${days(7)} ms were given, not ${days(9)}`],
  ])('of one that was revoked: %s', async (set, detail) => {
    const reward = await rewarded();
    await reward.give();
    await reward.refund();
    await reward.revoke();
    await change(reward.id, set);
    expect(await wrong()).toEqual([
      expect.objectContaining({ kind: 'wrong-reward', detail: expect.stringContaining(detail) }),
      ...(set.startsWith('status') ? [expect.objectContaining({ kind: 'wrong-reward' })] : []),
    ]);
  });

  it.each([
    [`owed_days = 1`, '1 days are owed, not 0'],
    [`status = 'granted'`, 'its person was to lose it'],
    [`grant_id = NULL`, 'its grant is null'],
  ])('of one that was lost because of fraud: %s', async (set, detail) => {
    const reward = await rewarded();
    await reward.give();
    await forfeitForFraud(shop.pool, reward.id, { actor: 'operator:ann' });
    expect(await wrong()).toMatchObject([{ detail: expect.stringContaining('its person was to lose it') }]);
    await referrals().forfeit(reward.id, new Date());
    expect(await wrong()).toEqual([]);
    await change(reward.id, set);
    expect((await wrong())[0]).toMatchObject({ kind: 'wrong-reward', detail: expect.stringContaining(detail) });
  });

  it('of a voucher: of other days, or one that can be claimed although it was revoked', async () => {
    const reward = await rewarded({ hasSubscription: false });
    await reward.give();
    await shop.pool.query(
      'UPDATE vouchers SET days = 8 WHERE id = (SELECT voucher_id FROM referral_rewards WHERE id = $1)',
      [reward.id],
    );
    expect(await wrong()).toMatchObject([{ detail: expect.stringContaining('its voucher is of 8 days, not of 7') }]);
    await shop.pool.query('UPDATE vouchers SET days = 7');
    await reward.refund();
    await reward.revoke();
    expect(await wrong()).toEqual([]);
    await shop.pool.query(`UPDATE vouchers SET status = 'issued' WHERE claimed_by IS NULL`);
    expect(await wrong()).toMatchObject([{ detail: expect.stringContaining('can still be claimed') }]);
  });

  it('one whose purchase was refunded long ago, and that was neither canceled nor revoked', async () => {
    const reward = await rewarded();
    await reward.refund();
    expect(await wrong()).toMatchObject([
      { ids: { payment: reward.payment }, detail: expect.stringContaining('its purchase was refunded') },
      { ids: { payment: reward.payment }, detail: expect.stringContaining('its purchase was refunded') },
    ]);
  });
});
