/** The referral programme: who invited whom, what it brings, once, and what a refund revokes of it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../../src/domain/duration';
import { REFERRAL_CODE_BYTES, referralCodeOf, referralRule } from '../../../src/domain/referral/referral';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { createPanelDeactivationsRepository } from '../../../src/storage/postgres/panelDeactivations';
import { createReferralsRepository } from '../../../src/storage/postgres/referrals';
import { createVouchersRepository } from '../../../src/storage/postgres/vouchers';
import { bookDifferences } from './books';
import { promoCode, withPromo } from './promos';
import { afterLockOf, days, PRICE, times, useShop } from './shopDatabase';
import { voucherClaimed } from './vouchers';

const shop = useShop();
const RULE = referralRule(7, 0);
const referrals = () => createReferralsRepository(shop.pool);
/** As the job does it. */
async function earn(rule = RULE): Promise<void> {
  for (const { id } of await referrals().toReward(rule, new Date())) await referrals().earn(id, rule, new Date());
}

let people = 500_000;
const join = async (referralCode?: string): Promise<number> => {
  const telegramId = (people += 1);
  await shop.users.upsert({ telegramId, firstName: 'Bob', username: null, language: 'en', referralCode });
  return telegramId;
};
const codeOf = (userId: number) => referrals().code(userId, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES)));
const referredBy = async (userId: number) => (await shop.row('users', 'telegram_id = $1', userId))['referred_by'];
const rewardOf = (userId: number, role = 'referrer') =>
  shop.row('referral_rewards', 'user_id = $1 AND role = $2', userId, role);

/** Somebody who has a subscription, and a friend of theirs who has bought a month. */
async function pair({ hasSubscription = true } = {}) {
  const referrer = await join();
  const own = hasSubscription ? await shop.issued(referrer) : undefined;
  const friend = await join(await codeOf(referrer));
  const bought = await shop.issued(friend);
  await earn();
  return { referrer, friend, own, bought };
}
const give = async (id: string, at: Date) => {
  const answer = await referrals().give({ id, grantId: randomUUID() }, at);
  return answer.outcome === 'given' ? 'given' : answer.why;
};
/** The panel has confirmed what was added. */
async function deliver(rewardId: string, subscriptionId: string): Promise<void> {
  const { grant_id } = await shop.row('referral_rewards', 'id = $1', rewardId);
  const told = (await shop.subscriptions.byId(subscriptionId))!;
  if ((await createFreeGrantsRepository(shop.pool).recordDelivered(grant_id, told)) !== 'issued')
    throw new Error('not delivered');
}
const refund = (paymentId: string, at: Date, kopecks: number | null = null, askedBy = 'operator:1') =>
  shop.refund(paymentId, { kopecks, askedBy, paidKopecks: PRICE, at });
const endOf = async (subscriptionId: string) => (await shop.subscriptions.byId(subscriptionId))!.expiresAt.getTime();

describe('who invited somebody', () => {
  it('is said when they first come, and never later; an unknown link is an ordinary start', async () => {
    const referrer = await join();
    const code = await codeOf(referrer);
    expect(await codeOf(referrer)).toBe(code);
    const friend = await join(code);
    expect(await referredBy(friend)).toBe(referrer);
    const other = await codeOf(await join());
    await shop.users.upsert({
      telegramId: friend,
      firstName: 'X',
      username: null,
      language: 'en',
      referralCode: other,
    });
    expect(await referredBy(friend)).toBe(referrer);
    expect(await referredBy(await join('00000000'))).toBeNull();
  });

  it('R3: no circle can be made: nobody is invited by who is younger, or by themselves', async () => {
    const [one, two] = [await join(), await join()];
    const codes = [await codeOf(one), await codeOf(two)];
    for (const [friend, code] of [
      [one, codes[1]],
      [two, codes[1]],
    ] as const)
      expect(await referrals().claim(friend, code!)).toBe(false);
    for (const [telegramId, referralCode] of [
      [one, codes[1]],
      [two, codes[0]],
      [one, codes[0]],
    ] as const)
      await shop.users.upsert({ telegramId, firstName: 'X', username: null, language: 'en', referralCode });
    expect([await referredBy(one), await referredBy(two)]).toEqual([null, null]);
    const three = await join(codes[0]);
    await expect(
      shop.pool.query('UPDATE users SET referred_by = telegram_id WHERE telegram_id = $1', [three]),
    ).rejects.toThrow('users_check');
  });
});

const ageOf = (userId: number, ms: number) =>
  shop.pool.query(`UPDATE users SET created_at = created_at - make_interval(secs => $2) WHERE telegram_id = $1`, [
    userId,
    ms / 1_000,
  ]);

describe('who came by another door first', () => {
  it('is attached by a link within seven days, once, and by nobody who is younger', async () => {
    const referrer = await join();
    await ageOf(referrer, days(30));
    const code = await codeOf(referrer);
    const [early, late, younger] = [await join(), await join(), await join()];
    await ageOf(early, days(7) - 60_000);
    await ageOf(late, days(7) + 60_000);
    expect(await referrals().claim(early, '00000000')).toBe(false);
    expect(await referrals().claim(early, await codeOf(younger))).toBe(false);
    const claims = await Promise.all(times(10, () => referrals().claim(early, code)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await referredBy(early)).toBe(referrer);
    expect(await referrals().claim(late, code)).toBe(false);
    expect(await referredBy(late)).toBeNull();
    const other = await join();
    await ageOf(other, days(20));
    expect(await referrals().claim(early, await codeOf(other))).toBe(false);
    expect(await referredBy(early)).toBe(referrer);
  });

  it('of a link, a gift and the owner’s word at once one is first, and the owner’s word is the last one', async () => {
    for (let n = 0; n < 20; n += 1) {
      const [byLink, giver, byHand] = [await join(), await join(), await join()];
      const code = await codeOf(byLink);
      const { id } = await shop.open(giver, { locationCode: null });
      await shop.recordPaid(id);
      const friend = await join();
      const [isClaimed, , owner] = await Promise.all([
        referrals().claim(friend, code),
        voucherClaimed(shop.pool, id, friend),
        n % 2 === 0 ? referrals().attach({ friendId: friend, referrerId: byHand }, 'operator:ann') : undefined,
      ]);
      const by = await referredBy(friend);
      if (owner === undefined) expect(by).toBe(isClaimed ? byLink : giver);
      else {
        expect([owner.outcome, by]).toEqual(['done', byHand]);
        const { details } = await shop.row('audit_log', `details->>'friend' = $1`, String(friend));
        expect([null, byLink, giver]).toContain(details.before);
      }
    }
  });

  it('brings nothing for what they had paid for before', async () => {
    const code = await codeOf(await join());
    const friend = await join();
    await shop.issued(friend);
    expect(await referrals().claim(friend, code)).toBe(false);
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(0);
  });
});

describe('by hand', () => {
  const attach = (friendId: number, referrerId: number | null) =>
    referrals().attach({ friendId, referrerId }, 'operator:ann');

  it('the owner assigns and removes, written to the audit log; no circle can be made', async () => {
    const [referrer, friend] = [await join(), await join()];
    expect(await attach(friend, referrer)).toEqual({ outcome: 'done', before: null });
    expect(await attach(friend, referrer)).toEqual({ outcome: 'same' });
    expect(await attach(referrer, friend)).toEqual({ outcome: 'not-older' });
    expect(await attach(friend, friend)).toEqual({ outcome: 'not-older' });
    expect(await attach(friend, 1)).toEqual({ outcome: 'unknown' });
    expect(await attach(1, null)).toEqual({ outcome: 'unknown' });
    expect(await attach(friend, null)).toEqual({ outcome: 'done', before: referrer });
    // What the owner has removed no link says again.
    expect(await referrals().claim(friend, await codeOf(referrer))).toBe(false);
    const { rows } = await shop.pool.query(
      `SELECT actor, action, details FROM audit_log WHERE action LIKE 'referral-%' AND details->>'friend' = $1 ORDER BY id`,
      [String(friend)],
    );
    expect(rows).toEqual([
      {
        ...{ actor: 'operator:ann', action: 'referral-assign' },
        details: { friend, before: null, now: referrer },
      },
      {
        ...{ actor: 'operator:ann', action: 'referral-remove' },
        details: { friend, before: referrer, now: null },
      },
    ]);
  });

  it('of somebody whom nobody has invited: what the owner says no link changes', async () => {
    const [referrer, friend] = [await join(), await join()];
    await ageOf(referrer, days(2));
    expect(await attach(friend, null)).toEqual({ outcome: 'done', before: null });
    expect(await attach(friend, null)).toEqual({ outcome: 'same' });
    expect(await referrals().claim(friend, await codeOf(referrer))).toBe(false);
    expect(
      await shop.count('audit_log', `action = 'referral-remove' AND details->>'friend' = $1`, String(friend)),
    ).toBe(1);
  });

  it('whom the owner assigns are not counted among the friends of a day', async () => {
    const { referrer } = await pair();
    for (let n = 0; n < 6; n += 1) await attach(await join(), referrer);
    const { id, due_at } = await rewardOf(referrer);
    expect(await give(id, due_at)).toBe('given');
    const friend = await join();
    await attach(friend, referrer);
    const code = await codeOf(referrer);
    for (let n = 0; n < 6; n += 1) await join(code);
    await shop.issued(friend);
    await earn();
    expect(await shop.row('referral_rewards', `friend_id = $1 AND role = 'referrer'`, friend)).toMatchObject({
      suspicions: [],
    });
  });

  it('of who was assigned late the purchase counts that has brought nothing yet', async () => {
    const [referrer, friend] = [await join(), await join()];
    await shop.issued(friend);
    await earn();
    await attach(friend, referrer);
    await earn();
    expect(await rewardOf(referrer)).toMatchObject({ status: 'waiting' });
  });
});

describe('a reward that looks suspicious waits for a person', () => {
  const twiceRefunded = async (kopecks: number | null = null, askedBy = 'buyer') => {
    const referrer = await join();
    const own = await shop.issued(referrer);
    const friend = await join(await codeOf(referrer));
    for (let n = 0; n < 2; n += 1) await refund((await shop.issued(friend)).id, new Date(), kopecks, askedBy);
    const bought = await shop.issued(friend);
    await earn();
    return { referrer, friend, own, bought, reward: await rewardOf(referrer) };
  };
  const isDue = async (id: string, at: Date) => (await referrals().due(at)).some((one) => one.id === id);

  it('friend refunded twice: it is not given until it is released, and then once', async () => {
    const { own, reward, friend } = await twiceRefunded();
    const { id, due_at } = reward;
    expect(reward['suspicions']).toEqual(['refunded-twice']);
    expect(await isDue(id, due_at)).toBe(false);
    expect(await give(id, due_at)).toBe('held');
    expect((await referrals().heldUntold()).map((one) => one.id)).toContain(id);
    await referrals().heldTold(id);
    expect((await referrals().heldUntold()).map((one) => one.id)).not.toContain(id);
    expect((await referrals().held(100)).map((one) => one.id)).toContain(id);
    // The friend’s own days come at once.
    expect(await give((await rewardOf(friend, 'friend'))['id'], new Date())).toBe('given');
    const before = await endOf(own.subscriptionId);
    expect(await referrals().decide(id, 'release', 'operator:ann')).toEqual({ outcome: 'done' });
    expect(await isDue(id, due_at)).toBe(true);
    expect(await give(id, new Date(due_at.getTime() - 1))).toBe('not-due');
    expect(await Promise.all(times(5, () => give(id, due_at)))).toEqual(times(5, () => 'given'));
    expect((await endOf(own.subscriptionId)) - before).toBe(days(7));
    expect(await referrals().decide(id, 'refuse', 'operator:ann')).toEqual({ outcome: 'too-late', status: 'granted' });
    expect(await shop.row('audit_log', `details->>'reward' = $1`, id)).toMatchObject({
      ...{ actor: 'operator:ann', action: 'reward-release' },
      details: { suspicions: ['refunded-twice'] },
    });
  });

  it('not for goodwill: money that an operator has refunded, or a part', async () => {
    for (const [kopecks, askedBy] of [
      [null, 'operator:1'],
      [100, 'buyer'],
    ] as const) {
      const { reward } = await twiceRefunded(kopecks, askedBy);
      expect(reward).toMatchObject({ status: 'waiting', suspicions: [] });
    }
  });

  it('its person is told that support looks at it, of no day, and of the day once it is released', async () => {
    const { referrer, reward } = await twiceRefunded();
    const untold = async (at: Date) => (await referrals().untold(at)).filter(({ userId }) => userId === referrer);
    const now = new Date();
    const [held, ...more] = await untold(now);
    expect([held, more]).toMatchObject([{ status: 'waiting-held', days: 7 }, []]);
    await referrals().told(held!);
    expect(await untold(now)).toEqual([]);
    await referrals().decide(reward['id'], 'release', 'operator:ann');
    expect(await untold(now)).toMatchObject([{ status: 'waiting', dueAt: reward['due_at'] }]);
    // Its day is over: they read of it when it is given.
    expect(await untold(reward['due_at'])).toEqual([]);
  });

  it('also of one that was told with its day, and is held only then', async () => {
    const { referrer } = await pair();
    const untold = async (at: Date) => (await referrals().untold(at)).filter(({ userId }) => userId === referrer);
    const [waiting] = await untold(new Date());
    expect(waiting).toMatchObject({ status: 'waiting' });
    await referrals().told(waiting!);
    await shop.pool.query(`UPDATE referral_rewards SET suspicions = '{many-friends}' WHERE id = $1`, [waiting!.id]);
    expect(await untold(waiting!.dueAt)).toMatchObject([{ status: 'waiting-held' }]);
  });

  it('refused, and the purchase refunded before they were told: they read that it does not come', async () => {
    const { referrer, reward, bought } = await twiceRefunded();
    const { id } = reward;
    await referrals().decide(id, 'refuse', 'operator:ann');
    await refund(bought.id, new Date());
    expect(await referrals().revoke(id, new Date())).toBe(true);
    const untold = (await referrals().untold(new Date())).filter(({ userId }) => userId === referrer);
    expect(untold).toMatchObject([{ id, status: 'canceled' }]);
  });

  it('what was decided before is found again, and nothing is written twice', async () => {
    const { reward } = await twiceRefunded();
    const decide = (decision: 'release' | 'refuse') => referrals().decide(reward['id'], decision, 'operator:ann');
    expect(await decide('release')).toEqual({ outcome: 'done' });
    expect(await decide('release')).toEqual({ outcome: 'same', status: 'waiting' });
    expect(await decide('refuse')).toEqual({ outcome: 'done' });
    expect(await decide('refuse')).toEqual({ outcome: 'same', status: 'refused' });
    expect(await decide('release')).toEqual({ outcome: 'too-late', status: 'refused' });
    expect(await referrals().decide(randomUUID(), 'release', 'operator:ann')).toEqual({ outcome: 'unknown' });
    expect(await shop.count('audit_log', `details->>'reward' = $1`, reward['id'])).toBe(2);
  });

  it('refused it never comes; a refund of the purchase makes the next one count', async () => {
    const { reward, friend, bought, own } = await twiceRefunded();
    const before = await endOf(own.subscriptionId);
    const { id, due_at } = reward;
    expect(await referrals().decide(id, 'refuse', 'operator:ann')).toEqual({ outcome: 'done' });
    expect(await give(id, due_at)).toBe('refused');
    expect(await endOf(own.subscriptionId)).toBe(before);
    const told = (await referrals().untold(new Date())).find((one) => one.id === id);
    expect(told).toMatchObject({ status: 'refused' });
    await referrals().told(told!);
    await shop.issued(friend);
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
    await refund(bought.id, new Date());
    expect(await referrals().revoke(id, new Date())).toBe(true);
    expect((await referrals().untold(new Date())).some((one) => one.id === id)).toBe(false);
    await referrals().revoke((await rewardOf(friend, 'friend'))['id'], new Date());
    await earn();
    expect(await shop.count('referral_rewards', `friend_id = $1 AND status = 'waiting'`, friend)).toBe(2);
  });

  it('more than five friends a day, also found only when its day has come', async () => {
    const { referrer } = await pair();
    const { id, due_at } = await rewardOf(referrer);
    expect(await isDue(id, due_at)).toBe(true);
    const code = await codeOf(referrer);
    for (let n = 0; n < 4; n += 1) await join(code);
    await shop.pool.query(`UPDATE users SET referred_at = '2026-03-01T10:00:00Z' WHERE referred_by = $1`, [referrer]);
    expect((await rewardOf(referrer))['suspicions']).toEqual([]);
    await shop.pool.query(`UPDATE users SET referred_at = '2026-03-01T23:00:00Z' WHERE telegram_id = $1`, [
      await join(code),
    ]);
    expect(await give(id, due_at)).toBe('held');
    expect((await rewardOf(referrer))['suspicions']).toEqual(['many-friends']);
    expect(await referrals().standing(referrer)).toMatchObject({ waiting: [{ isHeld: true }] });
  });
});

describe('R1: a friend’s first real purchase rewards both, once', () => {
  it('however often and at the same time it is looked at and given', async () => {
    const { referrer, friend, own, bought } = await pair();
    const before = await endOf(own!.subscriptionId);
    await Promise.all(times(50, () => earn()));
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
    const { id, due_at } = await rewardOf(referrer);
    const { delivered_at } = await shop.row('payments', 'id = $1', bought.id);
    expect(due_at.getTime() - delivered_at.getTime()).toBe(days(7));
    expect(await give(id, new Date(due_at.getTime() - 1))).toBe('not-due');
    const answers = await Promise.all(times(50, () => give(id, due_at)));
    expect(new Set(answers)).toEqual(new Set(['given']));
    expect((await endOf(own!.subscriptionId)) - before).toBe(7 * DAY_MS);
    expect(await shop.count('free_grants', `kind = 'referral' AND source = $1`, id)).toBe(1);
    // The friend's are theirs at once, on what they have bought, with a share of its traffic.
    const friends = await rewardOf(friend, 'friend');
    expect(await give(friends['id'], new Date())).toBe('given');
    const subscription = (await shop.subscriptions.byId(bought.subscriptionId))!;
    expect(subscription).toMatchObject({ trafficGb: 124, planCode: 'month', status: 'active' });
    expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(days(37));
    expect(await bookDifferences(shop.pool, bought.subscriptionId)).toEqual([]);
    expect(await bookDifferences(shop.pool, own!.subscriptionId)).toEqual([]);
    // A second purchase brings nothing.
    await shop.issued(friend, { planCode: 'year', priceKopecks: 159_000 });
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
  });

  it('after whatever its person has asked for at the same time', async () => {
    const { referrer } = await pair();
    const { id, due_at } = await rewardOf(referrer);
    expect(await afterLockOf(shop.pool, referrer, () => give(id, due_at))).toBe('given');
  });

  it('not for one that is too small or short, nor for who came by themselves, nor where the shop has none', async () => {
    const referrer = await join();
    const friend = await join(await codeOf(referrer));
    await shop.issued(friend, { planCode: 'day', priceKopecks: 1_000 });
    await shop.issued(await join());
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(0);
    await shop.issued(friend);
    await earn({ ...RULE, days: 0 });
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(0);
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
  });

  it('of one person at most twenty a month', async () => {
    const referrer = await join();
    const code = await codeOf(referrer);
    for (let n = 0; n < 22; n += 1) await shop.issued(await join(code));
    await Promise.all(times(5, () => earn()));
    expect(await shop.count('referral_rewards', `user_id = $1 AND role = 'referrer'`, referrer)).toBe(20);
    expect(await referrals().standing(referrer)).toMatchObject({ invited: 22, paid: 22, days: 0 });
    expect((await referrals().standing(referrer))!.waiting).toHaveLength(10);
    // What was lost again counts no more: there is room for as many.
    const lost = await shop.pool.query<{ payment_id: string; id: string }>(
      `SELECT payment_id, id FROM referral_rewards WHERE user_id = $1 AND role = 'referrer' LIMIT 2`,
      [referrer],
    );
    await shop.pool.query(`UPDATE referral_rewards SET status = 'revoked' WHERE id = $1`, [lost.rows[0]!.id]);
    await shop.pool.query(`UPDATE referral_rewards SET status = 'refused' WHERE id = $1`, [lost.rows[1]!.id]);
    for (let n = 0; n < 3; n += 1) await shop.issued(await join(code));
    await earn();
    expect(await shop.count('referral_rewards', `user_id = $1 AND role = 'referrer'`, referrer)).toBe(22);
  });
});

it('days of a promo code beside a purchase or a renewal change nothing of a reward’s share of traffic', async () => {
  const code = async () => withPromo(await promoCode(shop.pool, { kind: 'days', amount: 5, renewals: true }), PRICE);
  const referrer = await join();
  const own = await shop.issued(referrer, await code());
  const friend = await join(await codeOf(referrer));
  const bought = await shop.issued(friend, await code());
  await earn();
  const { id, due_at } = await rewardOf(referrer);
  expect(await give((await rewardOf(friend, 'friend'))['id'], new Date())).toBe('given');
  expect(await give(id, due_at)).toBe('given');
  for (const { subscriptionId } of [own, bought]) {
    const subscription = (await shop.subscriptions.byId(subscriptionId))!;
    expect(subscription).toMatchObject({ trafficGb: 124 });
    expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(days(42));
  }
});

describe('R2: a refund at any moment of the hold leaves the days that the table says', () => {
  it('before: none is ever given, and the next real purchase counts', async () => {
    const { referrer, friend, own, bought } = await pair();
    const before = await endOf(own!.subscriptionId);
    await refund(bought.id, new Date());
    const { id, due_at } = await rewardOf(referrer);
    expect(await give(id, due_at)).toBe('canceled');
    expect(await give((await rewardOf(friend, 'friend'))['id'], due_at)).toBe('canceled');
    expect(await endOf(own!.subscriptionId)).toBe(before);
    await shop.issued(friend);
    await earn();
    expect(await shop.count('referral_rewards', `friend_id = $1 AND status = 'waiting'`, friend)).toBe(2);
  });

  it('at: the refund against the reward, 50 times over: both days and money never, nor neither', async () => {
    for (let n = 0; n < 50; n += 1) {
      const { referrer, own, bought } = await pair();
      const before = await endOf(own!.subscriptionId);
      const { id, due_at } = await rewardOf(referrer);
      const [answer] = await Promise.all([give(id, due_at), refund(bought.id, new Date())]);
      await referrals().revoke(id, new Date());
      const { status } = await shop.row('referral_rewards', 'id = $1', id);
      expect([answer, status]).toEqual(answer === 'given' ? ['given', 'revoked'] : ['canceled', 'canceled']);
      expect(await endOf(own!.subscriptionId)).toBe(before);
    }
  }, 120_000);

  it('before, of a part: neither is ever given, and a later purchase, of which nothing was refunded, counts', async () => {
    const { referrer, friend, own, bought } = await pair();
    const before = await endOf(own!.subscriptionId);
    await refund(bought.id, new Date(), 5_000);
    const [{ id, due_at }, ofFriend] = [await rewardOf(referrer), await rewardOf(friend, 'friend')];
    expect(await referrals().revoke(id, new Date())).toBe(true);
    expect(await give(id, due_at)).toBe('canceled');
    expect(await give(ofFriend['id'], new Date())).toBe('canceled');
    expect(await endOf(own!.subscriptionId)).toBe(before);
    await shop.issued(friend);
    await earn();
    expect(await shop.count('referral_rewards', `friend_id = $1 AND status = 'waiting'`, friend)).toBe(2);
  });

  it('after the friend’s, before the referrer’s: their next real purchase counts for both, once', async () => {
    const { referrer, friend, own, bought } = await pair();
    const before = await endOf(own!.subscriptionId);
    expect(await give((await rewardOf(friend, 'friend'))['id'], new Date())).toBe('given');
    await refund(bought.id, new Date());
    // The next one is bought while only one of the two rewards has ended.
    expect(await referrals().revoke((await rewardOf(friend, 'friend'))['id'], new Date())).toBe(true);
    const second = await shop.issued(friend, { locationCode: 'de', serverCode: 'de-1' });
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
    expect(await referrals().revoke((await rewardOf(referrer))['id'], new Date())).toBe(true);
    const ended = await shop.pool.query(`SELECT role, status FROM referral_rewards WHERE friend_id = $1`, [friend]);
    expect(ended.rows).toEqual(
      expect.arrayContaining([
        { role: 'friend', status: 'revoked' },
        { role: 'referrer', status: 'canceled' },
      ]),
    );
    for (let n = 0; n < 2; n += 1) await earn();
    const ofSecond = (role: string) => shop.row('referral_rewards', 'payment_id = $1 AND role = $2', second.id, role);
    expect(await give((await ofSecond('friend'))['id'], new Date())).toBe('given');
    const { id, due_at } = await ofSecond('referrer');
    expect(await give(id, due_at)).toBe('given');
    expect((await endOf(own!.subscriptionId)) - before).toBe(days(7));
    await shop.issued(friend);
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(4);
  });

  it('after, of a part: both lose what lies ahead, once', async () => {
    const { referrer, friend, own, bought } = await pair();
    const ends = async () => [await endOf(own!.subscriptionId), await endOf(bought.subscriptionId)];
    const { id, due_at } = await rewardOf(referrer);
    const ofFriend = (await rewardOf(friend, 'friend'))['id'];
    expect(await give(ofFriend, new Date())).toBe('given');
    expect(await give(id, due_at)).toBe('given');
    const rewarded = await ends();
    await refund(bought.id, new Date(), 19_800);
    const refunded = await ends();
    expect(refunded[0]).toBe(rewarded[0]);
    expect((await referrals().refunded()).map((one) => one.id)).toEqual(expect.arrayContaining([id, ofFriend]));
    for (const reward of [id, ofFriend]) {
      expect(await referrals().revoke(reward, new Date())).toBe(true);
      expect(await referrals().revoke(reward, new Date())).toBe(false);
      expect(await shop.row('referral_rewards', 'id = $1', reward)).toMatchObject({
        status: 'revoked',
        owed_days: 0,
      });
    }
    const after = await ends();
    expect(refunded.map((end, index) => end - after[index]!)).toEqual([days(7), days(7)]);
    for (const { subscriptionId } of [own!, bought])
      expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('after: what lies ahead is revoked, once', async () => {
    const { referrer, own, bought } = await pair();
    const before = await endOf(own!.subscriptionId);
    const { id, due_at } = await rewardOf(referrer);
    expect(await give(id, due_at)).toBe('given');
    expect((await endOf(own!.subscriptionId)) - before).toBe(days(7));
    await refund(bought.id, new Date());
    expect((await referrals().refunded()).map((one) => one.id)).toContain(id);
    const answers = await Promise.all(times(10, () => referrals().revoke(id, new Date())));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await endOf(own!.subscriptionId)).toBe(before);
    expect(await shop.row('referral_rewards', 'id = $1', id)).toMatchObject({ status: 'revoked', owed_days: 0 });
    expect(await shop.count('access_revocations', 'payment_id = $1', bought.id)).toBe(2);
    expect(await bookDifferences(shop.pool, own!.subscriptionId)).toEqual([]);
  });

  it('after, before its panel had the days: nothing waits for a delivery any more, so the subscription ends in its time', async () => {
    const { referrer, own, bought } = await pair();
    const { id, due_at } = await rewardOf(referrer);
    expect(await give(id, due_at)).toBe('given');
    const grants = createFreeGrantsRepository(shop.pool);
    const undelivered = async () =>
      (await grants.undelivered({ before: new Date(Date.now() + days(30)), after: null, limit: 1_000 })).map(
        ({ source }) => source,
      );
    expect(await undelivered()).toContain(id);
    await refund(bought.id, new Date());
    expect(await referrals().revoke(id, new Date())).toBe(true);
    expect(await undelivered()).not.toContain(id);
    expect(await shop.row('free_grants', 'source = $1', id)).toMatchObject({ status: 'revoked', delivered_at: null });
    const grantId = (await rewardOf(referrer))['grant_id'];
    const told = (await shop.subscriptions.byId(own!.subscriptionId))!;
    expect(await grants.recordDelivered(grantId, told)).toBe('too-late');
    const after = new Date((await endOf(own!.subscriptionId)) + 1);
    const marked = await createPanelDeactivationsRepository(shop.pool).markExpired(after, after, 10_000);
    expect(marked.map(({ subscriptionId }) => subscriptionId)).toContain(own!.subscriptionId);
  });

  it('after some of it was used: that is owed, and the next reward is shorter by it; the end never moves before now', async () => {
    const { referrer, own, bought } = await pair();
    const { id, due_at } = await rewardOf(referrer);
    expect(await give(id, due_at)).toBe('given');
    await deliver(id, own!.subscriptionId);
    // Its own month is over, and three of the seven days.
    const late = new Date((await endOf(own!.subscriptionId)) - days(4));
    await refund(bought.id, new Date());
    expect(await referrals().revoke(id, late)).toBe(true);
    expect(await endOf(own!.subscriptionId)).toBe(late.getTime());
    expect(await shop.row('referral_rewards', 'id = $1', id)).toMatchObject({ owed_days: 3 });
    expect(await bookDifferences(shop.pool, own!.subscriptionId)).toEqual([]);

    const next = await shop.issued(referrer, { locationCode: 'de', serverCode: 'de-1' });
    const before = await endOf(next.subscriptionId);
    await shop.issued(await join(await codeOf(referrer)));
    await earn();
    const second = await shop.row('referral_rewards', `user_id = $1 AND status = 'waiting'`, referrer);
    expect(await give(second['id'], second['due_at'])).toBe('given');
    expect((await endOf(next.subscriptionId)) - before).toBe(days(4));
    expect(await shop.row('referral_rewards', 'id = $1', second['id'])).toMatchObject({ offset_days: 3 });
  });
});

describe('where there is nothing to add to', () => {
  it('it waits as a voucher of the plan that was bought; a refund revokes that, or what lies ahead of it', async () => {
    for (const isClaimed of [false, true]) {
      const { referrer, bought } = await pair({ hasSubscription: false });
      const { id, due_at } = await rewardOf(referrer);
      expect(await give(id, due_at)).toBe('voucher');
      expect(await give(id, due_at)).toBe('voucher');
      const { voucher_id } = await rewardOf(referrer);
      const voucher = (await createVouchersRepository(shop.pool).byId(voucher_id))!;
      expect(voucher).toMatchObject({ status: 'issued', days: 7, trafficGb: 24, planCode: 'month', planName: null });
      const offered = async () => (await referrals().standing(referrer))!.voucherCode;
      expect(await offered()).toBe(voucher.code);
      const at = new Date();
      let claimed: string | undefined;
      if (isClaimed) {
        const place = { locationCode: 'nl' };
        const { id: grantId, subscription } = await voucherClaimed(shop.pool, voucher.id, referrer, place, at);
        await createFreeGrantsRepository(shop.pool).recordDelivered(grantId, subscription);
        claimed = subscription.id;
      }
      await refund(bought.id, new Date());
      expect(await referrals().revoke(id, new Date(at.getTime() + days(2)))).toBe(true);
      if (claimed === undefined)
        expect(await createVouchersRepository(shop.pool).byId(voucher.id)).toMatchObject({ status: 'revoked' });
      else {
        expect(await shop.subscriptions.byId(claimed)).toMatchObject({
          ...{ status: 'revoked', startsAt: at, expiresAt: new Date(at.getTime() + days(2)) },
        });
        expect(await bookDifferences(shop.pool, claimed)).toEqual([]);
      }
      expect(await offered()).toBeNull();
      expect(await shop.row('referral_rewards', 'id = $1', id)).toMatchObject({
        ...{ status: 'revoked', owed_days: isClaimed ? 2 : 0 },
      });
    }
  });
});

it('R4: what people are told of follows what has become of it, once, and waits for the panel', async () => {
  const { referrer } = await pair();
  const untoldOf = async () => (await referrals().untold(new Date())).filter(({ userId }) => userId === referrer);
  const [waiting] = await untoldOf();
  expect(waiting).toMatchObject({ role: 'referrer', status: 'waiting', days: 7 });
  await referrals().told(waiting!);
  expect(await untoldOf()).toEqual([]);
  const { id, due_at } = await rewardOf(referrer);
  await give(id, due_at);
  // The panel is away.
  expect(await untoldOf()).toEqual([]);
  await shop.pool.query(`UPDATE free_grants SET status = 'issued', delivered_at = now() WHERE source = $1`, [id]);
  expect(await untoldOf()).toMatchObject([{ status: 'granted', expiresAt: expect.any(Date) }]);
});
