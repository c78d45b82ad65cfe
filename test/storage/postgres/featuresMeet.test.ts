/**
 * Where trial, promo codes, vouchers, gifts and rewards for friends meet each other, a refund, or the removal of
 * somebody's data. More of it, named the same way: promo.test.ts, promoGrants.test.ts, trial.test.ts and gifts.test.ts
 * beside this file, promo.test.ts and gift.test.ts in test/domain, promo.test.ts in test/bot, block.test.ts (block ×
 * everything) and forfeit.test.ts (reward × erase) in test/desk. Under other names: vouchers.test.ts and referrals.test.ts
 * beside this file.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { REFERRAL_CODE_BYTES, referralCodeOf, referralRule } from '../../../src/domain/referral/referral';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { createReferralsRepository } from '../../../src/storage/postgres/referrals';
import { createRetentionRepository } from '../../../src/storage/postgres/retention';
import { bookDifferences } from './books';
import { promoCode, withPromo } from './promos';
import { catalogue, days, PRICE, useShop } from './shopDatabase';
import { trialGiven, trialOffer, trialRequest } from './trials';

const shop = useShop();
const RULE = referralRule(7, 0);
const referrals = () => createReferralsRepository(shop.pool);
const grants = () => createFreeGrantsRepository(shop.pool);

beforeAll(() => applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() }));

let people = 800_000;
async function join(referralCode?: string): Promise<number> {
  const telegramId = (people += 1);
  await shop.users.upsert({ telegramId, firstName: 'Bob', username: null, language: 'en', referralCode });
  return telegramId;
}
/** Somebody whose link a friend has come by. */
async function invited() {
  const referrer = await join();
  const friend = await join(await referrals().code(referrer, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES))));
  return { referrer, friend };
}
async function earn(): Promise<void> {
  for (const { id } of await referrals().toReward(RULE, new Date())) await referrals().earn(id, RULE, new Date());
}
const rewards = (friend: number) => shop.count('referral_rewards', 'friend_id = $1', friend);
/** A trial whose key is there. */
async function trialOf(userId: number, at: Date) {
  const given = await trialGiven(shop.pool, trialRequest(userId), at);
  await grants().recordDelivered(given.id, (await shop.subscriptions.byId(given.subscriptionId))!);
  return given.subscriptionId;
}

describe('trial × referral', () => {
  it('a trial brings nobody a reward; what is bought for its key does, and the days are added to it', async () => {
    const { friend } = await invited();
    const subscriptionId = await trialOf(friend, new Date());
    await earn();
    expect(await rewards(friend)).toBe(0);
    await shop.issued(friend, { renewsSubscriptionId: subscriptionId });
    await earn();
    expect(await rewards(friend)).toBe(2);
    const { id } = await shop.row('referral_rewards', `friend_id = $1 AND role = 'friend'`, friend);
    expect(await referrals().give({ id, grantId: randomUUID() }, new Date())).toMatchObject({ subscriptionId });
    const { startsAt, expiresAt } = (await shop.subscriptions.byId(subscriptionId))!;
    expect(expiresAt.getTime() - startsAt.getTime()).toBe(days(3 + 30 + 7));
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });
});

describe('promo × referral', () => {
  it('a purchase at a discount brings the same days, as long as what is paid is a real purchase', async () => {
    const [paidEnough, paidLess] = [await invited(), await invited()];
    const [less, much] = [await promoCode(shop.pool, { amount: 40 }), await promoCode(shop.pool, { amount: 60 })];
    await shop.issued(paidEnough.friend, withPromo(less, PRICE));
    await shop.issued(paidLess.friend, withPromo(much, PRICE));
    await earn();
    expect(await shop.row('referral_rewards', `friend_id = $1 AND role = 'referrer'`, paidEnough.friend)).toMatchObject(
      {
        days: 7,
      },
    );
    expect(await rewards(paidLess.friend)).toBe(0);
  });
});

describe('promo × referral, in Stars', () => {
  it('what is paid counts by its share of the price in roubles: nearly nothing brings nobody a reward', async () => {
    const inStars = { way: { provider: 'stars', currency: 'XTR' } };
    const sold = catalogue().plans.map((plan) => (plan.code === 'month' ? { ...plan, priceStars: 200 } : plan));
    await applyCatalogue(shop.pool, { ...catalogue(), plans: sold, trial: trialOffer() });
    try {
      const friends = [await invited(), await invited(), await invited()].map(({ friend }) => friend);
      const [most, some] = [await promoCode(shop.pool, { amount: 90 }), await promoCode(shop.pool, { amount: 30 })];
      await shop.issued(friends[0]!, { ...inStars, ...withPromo(most, 200, 'XTR') });
      await shop.issued(friends[1]!, { ...inStars, ...withPromo(some, 200, 'XTR') });
      await shop.issued(friends[2]!, { ...inStars, priceKopecks: 200 });
      await earn();
      expect(await Promise.all(friends.map(rewards))).toEqual([0, 2, 2]);
    } finally {
      await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    }
  });
});

describe('erase × first purchase', () => {
  it('who was forgotten and comes back has bought before, and is rewarded and discounted no second time', async () => {
    const { friend } = await invited();
    await shop.issued(friend);
    await earn();
    const long = new Date(Date.now() + days(1_000));
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired', expires_at = starts_at WHERE user_id = $1`, [
      friend,
    ]);
    await shop.pool.query(`UPDATE payments SET ended_at = now() WHERE user_id = $1`, [friend]);
    await createRetentionRepository(shop.pool).remove('people', long, 1_000);
    expect(await shop.row('users', 'telegram_id = $1', friend)).toMatchObject({ first_name: '' });
    const terms = await promoCode(shop.pool, { audience: 'first-purchase' });
    const opened = await shop.payments.open(shop.draft(friend, withPromo(terms, PRICE)));
    expect(opened).toMatchObject({ outcome: 'promo-changed', refused: 'first-purchase' });
    await shop.issued(friend);
    await earn();
    expect(await rewards(friend)).toBe(2);
  });
});

describe('reward × chargeback', () => {
  const chargeback = (id: string, at: Date) =>
    shop.payments.recordShownRefunds(
      id,
      [{ providerRef: `r-${id}`, kopecks: PRICE, status: 'succeeded', attempt: undefined }],
      PRICE,
      at,
    );

  it('money that YooKassa took back before the day of the reward: none is given; afterwards what lies ahead is revoked', async () => {
    for (const isGiven of [false, true]) {
      const { referrer, friend } = await invited();
      const own = await shop.issued(referrer);
      const { id: paymentId } = await shop.issued(friend);
      await earn();
      const { id, due_at } = await shop.row('referral_rewards', `friend_id = $1 AND role = 'referrer'`, friend);
      const end = async () => (await shop.subscriptions.byId(own.subscriptionId))!.expiresAt.getTime();
      const before = await end();
      if (isGiven)
        expect(await referrals().give({ id, grantId: randomUUID() }, due_at)).toMatchObject({ outcome: 'given' });
      expect((await end()) - before).toBe(isGiven ? days(7) : 0);
      await chargeback(paymentId, new Date());
      if (isGiven) expect(await referrals().revoke(id, new Date())).toBe(true);
      else expect(await referrals().give({ id, grantId: randomUUID() }, due_at)).toMatchObject({ why: 'canceled' });
      expect(await end()).toBe(before);
      expect(await bookDifferences(shop.pool, own.subscriptionId)).toEqual([]);
    }
  });
});
