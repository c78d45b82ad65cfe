/** R1 to R4 with what an owner chooses of the referral programme: which purchases, a second level, how many a month. */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  REFERRAL_CODE_BYTES,
  REFERRAL_DEFAULTS,
  referralCodeOf,
  referralRule,
  type ReferralRule,
  type ReferralTerms,
} from '../../../src/domain/referral/referral';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { createReferralsRepository } from '../../../src/storage/postgres/referrals';
import { compareRewards } from '../../../src/support/audit/rewards';
import { bookDifferences } from './books';
import { days, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const referrals = () => createReferralsRepository(shop.pool);
const ruleOf = (terms: Partial<ReferralTerms>): ReferralRule => referralRule(7, 0, { ...REFERRAL_DEFAULTS, ...terms });
const EACH = ruleOf({ purchases: 'each' });
const SECOND = ruleOf({ secondLevelDays: 2 });

/** As the job does it, until there is nothing more. */
async function earn(rule: ReferralRule): Promise<void> {
  for (let found = true; found;) {
    const purchases = await referrals().toReward(rule, new Date());
    for (const { id } of purchases) await referrals().earn(id, rule, new Date());
    found = purchases.length > 0;
  }
}
let people = 600_000;
async function join(referrer?: number): Promise<number> {
  const telegramId = (people += 1);
  const referralCode = referrer === undefined ? undefined : await codeOf(referrer);
  await shop.users.upsert({ telegramId, firstName: 'Bob', username: null, language: 'en', referralCode });
  return telegramId;
}
const codeOf = (userId: number) => referrals().code(userId, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES)));
async function rewardsOf(friend: number): Promise<string[]> {
  const { rows } = await shop.pool.query<{ role: string; user_id: number; days: number; status: string }>(
    'SELECT role, user_id, days, status FROM referral_rewards WHERE friend_id = $1 ORDER BY created_at, role',
    [friend],
  );
  return rows.map(({ role, user_id, days: count, status }) => `${role} ${user_id}: ${count}, ${status}`);
}
const rewardOf = (paymentId: string, role: string) =>
  shop.row('referral_rewards', 'payment_id = $1 AND role = $2', paymentId, role);
const give = async (id: string, at: Date) => {
  const answer = await referrals().give({ id, grantId: randomUUID() }, at);
  return answer.outcome === 'given' ? 'given' : answer.why;
};

describe('REFERRAL_PURCHASES=each', () => {
  it('R1: each real purchase of the friend brings both of them their days, once, whatever is repeated at once', async () => {
    const referrer = await join();
    const friend = await join(referrer);
    const bought = [await shop.issued(friend), await shop.issued(friend), await shop.issued(friend)];
    await Promise.all(times(5, () => earn(EACH)));
    await Promise.all(bought.flatMap(({ id }) => times(5, () => referrals().earn(id, EACH, new Date()))));
    for (const { id } of bought) expect(await shop.count('referral_rewards', 'payment_id = $1', id)).toBe(2);
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(6);
    // One friend, who has bought three times.
    expect(await referrals().standing(referrer)).toMatchObject({ invited: 1, paid: 1 });
  });

  it('R2: a refund of one of them takes back its own days, and no other’s', async () => {
    const referrer = await join();
    const own = await shop.issued(referrer);
    const friend = await join(referrer);
    const [one, two] = [await shop.issued(friend), await shop.issued(friend)];
    await earn(EACH);
    const end = async () => (await shop.subscriptions.byId(own.subscriptionId))!.expiresAt.getTime();
    const before = await end();
    for (const { id } of [one, two]) {
      const { id: reward, due_at } = await rewardOf(id, 'referrer');
      expect(await give(reward, due_at)).toBe('given');
    }
    expect((await end()) - before).toBe(days(14));
    await shop.refund(one.id, { kopecks: null, askedBy: 'operator:1', paidKopecks: PRICE });
    for (const role of ['friend', 'referrer'])
      await referrals().revoke((await rewardOf(one.id, role))['id'], new Date());
    expect((await end()) - before).toBe(days(7));
    // It was rewarded once, and is not again.
    await earn(EACH);
    expect(await shop.count('referral_rewards', 'payment_id = $1', one.id)).toBe(2);
    expect(await bookDifferences(shop.pool, own.subscriptionId)).toEqual([]);
  });

  it('changed to the first one later: who has brought days before brings none for the next purchase, and back again', async () => {
    const friend = await join(await join());
    await shop.issued(friend);
    await earn(EACH);
    await shop.issued(friend);
    await earn(ruleOf({}));
    expect(await rewardsOf(friend)).toHaveLength(2);
    await earn(EACH);
    expect(await rewardsOf(friend)).toHaveLength(4);
  });
});

describe('REFERRAL_SECOND_LEVEL_DAYS', () => {
  it('R1: who invited the referrer has their own days, after the same hold; nobody above that has any', async () => {
    const top = await join();
    const second = await join(top);
    const referrer = await join(second);
    const friend = await join(referrer);
    const { id } = await shop.issued(friend);
    await Promise.all(times(5, () => earn(SECOND)));
    expect(await rewardsOf(friend)).toEqual([
      `friend ${friend}: 7, waiting`,
      `referrer ${referrer}: 7, waiting`,
      `second-level ${second}: 2, waiting`,
    ]);
    const [first, other] = [await rewardOf(id, 'referrer'), await rewardOf(id, 'second-level')];
    expect(other['due_at']).toEqual(first['due_at']);
    // Who came by their own link has bought nothing.
    expect(await referrals().standing(second)).toMatchObject({ waiting: [{ initial: 'B' }], invited: 1, paid: 0 });
    const untold = (await referrals().untold(new Date())).filter(({ userId }) => userId === second);
    expect(untold).toMatchObject([{ role: 'second-level', status: 'waiting', days: 2 }]);
  });

  it('nobody, where nobody invited the referrer, or where it is 0', async () => {
    const friend = await join(await join());
    await shop.issued(friend);
    await earn(SECOND);
    expect(await rewardsOf(friend)).toHaveLength(2);
    const other = await join(await join(await join()));
    await shop.issued(other);
    await earn(ruleOf({}));
    expect(await rewardsOf(other)).toHaveLength(2);
  });

  it('R2, R4: given once after the hold, as a voucher where there is nothing to add to; a refund takes it back', async () => {
    const second = await join();
    const friend = await join(await join(second));
    const { id } = await shop.issued(friend);
    await earn(SECOND);
    const { id: reward, due_at } = await rewardOf(id, 'second-level');
    expect(await give(reward, new Date(due_at.getTime() - 1))).toBe('not-due');
    expect(await outcomes(times(5, () => give(reward, due_at)))).toEqual({ voucher: 5 });
    expect(
      await shop.count(
        'vouchers',
        `id IN (SELECT voucher_id FROM referral_rewards WHERE id = $1) AND days = 2`,
        reward,
      ),
    ).toBe(1);
    await shop.refund(id, { kopecks: null, askedBy: 'operator:1', paidKopecks: PRICE });
    expect(await referrals().revoke(reward, new Date())).toBe(true);
    expect((await referrals().standing(second))!.voucherCode).toBeNull();
  });

  it('R3: a circle can’t be made of three, so nobody is their own second level', async () => {
    const one = await join();
    const two = await join(one);
    const three = await join(two);
    expect(await referrals().claim(one, await codeOf(three))).toBe(false);
    expect(await referrals().attach({ friendId: one, referrerId: three }, 'operator:ann')).toEqual({
      outcome: 'not-older',
    });
    await shop.issued(three);
    await earn(SECOND);
    expect(
      await shop.count('referral_rewards', `friend_id = $1 AND role <> 'friend' AND user_id = friend_id`, three),
    ).toBe(0);
  });

  it('waits for a person where many friends came by the link of the referrer', async () => {
    const second = await join();
    const referrer = await join(second);
    const friend = await join(referrer);
    for (let n = 0; n < 5; n += 1) await join(referrer);
    const { id } = await shop.issued(friend);
    await earn(SECOND);
    expect(await rewardOf(id, 'second-level')).toMatchObject({ suspicions: ['many-friends'] });
  });
});

describe('REFERRAL_MAX_PER_MONTH', () => {
  it('counts both levels of one person, and never more than it says, whatever comes at once', async () => {
    const rule = ruleOf({ purchases: 'each', secondLevelDays: 2, mostPerMonth: 3 });
    const second = await join();
    const referrer = await join(second);
    const friends = [await join(referrer), await join(referrer), await join(second)];
    for (let n = 0; n < 2; n += 1) for (const friend of friends) await shop.issued(friend);
    await Promise.all(times(5, () => earn(rule)));
    const count = (userId: number) => shop.count('referral_rewards', `user_id = $1 AND role <> 'friend'`, userId);
    expect([await count(second), await count(referrer)]).toEqual([3, 3]);
    // The friends have theirs all the same.
    expect(await shop.count('referral_rewards', `role = 'friend' AND friend_id = ANY($1)`, friends)).toBe(6);
  });
});

it('the audit finds no difference in any of it', async () => {
  const rewards = await createAuditRepository(shop.pool).rewards(new Date(0));
  expect(rewards.some(({ role }) => role === 'second-level')).toBe(true);
  const rules = { now: new Date(Date.now() + 3_600_000), graceMs: 7 * days(1) };
  expect(compareRewards(rewards, rules as Parameters<typeof compareRewards>[1])).toEqual([]);
  expect(await bookDifferences(shop.pool)).toEqual([]);
});
