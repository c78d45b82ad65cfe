/** Rewards that somebody loses without a refund: for fraud, and with their data, at every moment of the hold. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { blockPerson, unblockPerson } from '../../src/desk/block';
import { eraseData } from '../../src/desk/erase';
import { forfeitForFraud } from '../../src/desk/forfeitReward';
import { REFERRAL_CODE_BYTES, referralCodeOf, referralRule } from '../../src/domain/referral/referral';
import { createAuditRepository } from '../../src/storage/postgres/audit';
import { createDeskAuditRepository } from '../../src/storage/postgres/deskAudit';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import { createReferralsRepository } from '../../src/storage/postgres/referrals';
import { compareRewards } from '../../src/support/audit/rewards';
import { bookDifferences } from '../storage/postgres/books';
import { days, outcomes, PRICE, times, useShop } from '../storage/postgres/shopDatabase';
import { offerTrial, trialRequest } from '../storage/postgres/trials';
import { answerOf, claimVoucher, voucherClaimed } from '../storage/postgres/vouchers';

const shop = useShop();
const ANN = { actor: 'operator:ann', note: 'all friends are one person' };
const RULE = referralRule(7, 0);
const referrals = () => createReferralsRepository(shop.pool);
const forfeit = async (id: string) => (await forfeitForFraud(shop.pool, id, ANN)).outcome;
const erase = async (userId: number) => (await eraseData(shop.pool, userId, ANN)).outcome;

let people = 700_000;
const join = async (referralCode?: string): Promise<number> => {
  const telegramId = (people += 1);
  await shop.users.upsert({ telegramId, firstName: 'Bob', username: 'bob', language: 'en', referralCode });
  return telegramId;
};
const codeOf = (userId: number) => referrals().code(userId, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES)));
const endOf = async (subscriptionId: string) => (await shop.subscriptions.byId(subscriptionId))!.expiresAt.getTime();
const reward = (id: string) => shop.row('referral_rewards', 'id = $1', id);
const stands = async (id: string) => {
  const { status, owed_days, forfeit_reason } = await reward(id);
  return { status, owed_days, forfeit_reason };
};
const give = async (id: string, at: Date) => {
  const answer = await referrals().give({ id, grantId: randomUUID() }, at);
  return answer.outcome === 'given' ? 'given' : answer.why;
};
/** As the job does it. */
async function carryOut(at = new Date()): Promise<void> {
  for (const { id } of await referrals().refunded()) await referrals().revoke(id, at);
  for (const { id } of await referrals().toForfeit()) await referrals().forfeit(id, at);
}
const earn = async (): Promise<void> => {
  for (const { id } of await referrals().toReward(RULE, new Date())) await referrals().earn(id, RULE, new Date());
};

/** The panel has confirmed what was added. */
async function deliver(rewardId: string, subscriptionId: string): Promise<void> {
  const { grant_id: grantId } = await reward(rewardId);
  const told = (await shop.subscriptions.byId(subscriptionId))!;
  expect(await createFreeGrantsRepository(shop.pool).recordDelivered(grantId, told)).toBe('issued');
}

/** Somebody, with a subscription unless told, and a friend of theirs who has bought a month. */
async function pair({ hasSubscription = true } = {}) {
  const referrer = await join();
  const own = hasSubscription ? await shop.issued(referrer) : undefined;
  const friend = await join(await codeOf(referrer));
  const bought = await shop.issued(friend);
  await earn();
  const of = (role: string) => shop.row('referral_rewards', 'payment_id = $1 AND role = $2', bought.id, role);
  const { id, due_at: dueAt } = await of('referrer');
  const { id: ofFriend } = await of('friend');
  return { referrer, friend, own: own?.subscriptionId, bought, id, dueAt: dueAt as Date, ofFriend };
}
/** What they had is over, and nothing is under way. */
const over = (userId: number) =>
  shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE user_id = $1`, [userId]);
/** Waits as a voucher. @returns its id */
async function asVoucher(one: { readonly id: string; readonly dueAt: Date }): Promise<string> {
  expect(await give(one.id, one.dueAt)).toBe('voucher');
  return (await reward(one.id))['voucher_id'];
}

afterEach(async () => {
  // What a test has only decided.
  await carryOut();
  const rules = { now: new Date(Date.now() + 3_600_000), graceMs: 600_000 };
  const rewards = await createAuditRepository(shop.pool).rewards(new Date(0));
  expect(compareRewards(rewards, rules as Parameters<typeof compareRewards>[1])).toEqual([]);
  // A subscription that a test has ended by hand is none of the book's.
  const differences = (await bookDifferences(shop.pool)).filter(({ detail }) => !detail.includes('expired'));
  expect(differences).toEqual([]);
});

describe('a reward that was got by fraud', () => {
  it('that waits is not given, from the decision on, and is lost', async () => {
    const { id, dueAt, own, ofFriend, friend } = await pair();
    const before = await endOf(own!);
    expect(await forfeit(id)).toBe('done');
    expect((await referrals().due(dueAt)).some((one) => one.id === id)).toBe(false);
    expect(await give(id, dueAt)).toBe('forfeited');
    await carryOut();
    expect(await stands(id)).toEqual({ status: 'forfeited', owed_days: 0, forfeit_reason: 'fraud' });
    expect(await endOf(own!)).toBe(before);
    // The friend's own is another one; and their next purchase is not their first.
    expect(await give(ofFriend, dueAt)).toBe('given');
    await shop.issued(friend);
    await earn();
    expect(await shop.count('referral_rewards', 'friend_id = $1', friend)).toBe(2);
  });

  it.each([
    ['on the day that it was given', 0],
    ['after three days of it', 3],
    ['when all of it is used', 40],
  ])('that was given loses what lies ahead, %s, and what is used is owed', async (_when, usedDays) => {
    const { id, dueAt, own, bought } = await pair();
    const before = await endOf(own!);
    expect(await give(id, dueAt)).toBe('given');
    await deliver(id, own!);
    const at = new Date(before + days(usedDays));
    expect(await forfeit(id)).toBe('done');
    await carryOut(at);
    const used = Math.min(usedDays, 7);
    expect(await stands(id)).toEqual({ status: 'forfeited', owed_days: used, forfeit_reason: 'fraud' });
    expect(await endOf(own!)).toBe(before + days(used));
    expect(await shop.count('grant_entries', `kind = 'refund' AND source = $1`, id)).toBe(1);
    expect(await referrals().toTellPanels(1_000)).toContain(bought.id);
    // A refund of the purchase afterwards finds nothing to take, and whatever is repeated takes it once.
    await shop.refund(bought.id, { paidKopecks: PRICE, at });
    for (let n = 0; n < 3; n += 1) await carryOut(at);
    expect(await referrals().revoke(id, at)).toBe(false);
    expect(await endOf(own!)).toBe(before + days(used));
    expect((await referrals().refunded()).some((one) => one.id === id)).toBe(false);
  });

  it('that waits as a voucher can’t be claimed any more; from who has claimed it what lies ahead is revoked', async () => {
    const [waiting, claimed] = [await pair({ hasSubscription: false }), await pair({ hasSubscription: false })];
    const [first, second] = [await asVoucher(waiting), await asVoucher(claimed)];
    const other = await shop.buyer();
    const { subscription } = await voucherClaimed(shop.pool, second, other, { locationCode: 'nl' });
    for (const { id } of [waiting, claimed]) expect(await forfeit(id)).toBe('done');
    expect(await answerOf(claimVoucher(shop.pool, first, waiting.referrer))).toBe('void');
    expect(await referrals().hasRewardVoucher(waiting.referrer)).toBe(false);
    await carryOut(new Date());
    expect(await shop.row('vouchers', 'id = $1', first)).toMatchObject({ status: 'revoked' });
    expect(await shop.subscriptions.byId(subscription.id)).toMatchObject({ status: 'revoked' });
    const told = (await referrals().claimersToTell()).find((one) => one.id === claimed.id);
    expect(told).toMatchObject({ userId: other, why: 'forfeited' });
  });

  it('is decided once, with who, whom, before and why in the audit log and in the timeline; too late of one that ended', async () => {
    const { id, bought, referrer, ofFriend, dueAt } = await pair();
    expect(await outcomes(times(10, () => forfeit(id)))).toEqual({ done: 1, same: 9 });
    const [entry] = (await createDeskAuditRepository(shop.pool).of(id, 20)).toReversed();
    expect(entry).toMatchObject({
      ...{ actor: ANN.actor, act: 'forfeit-reward', reason: ANN.note, refused: null },
      ...{ before: { status: 'waiting', person: referrer }, after: { forfeit: 'fraud' } },
    });
    expect(await shop.count('desk_audit', `subject = $1 AND refused = 'same'`, id)).toBe(9);
    expect(await reward(id)).toMatchObject({ forfeit_by: ANN.actor, forfeit_at: expect.any(Date) });
    await shop.refund(bought.id, { paidKopecks: PRICE });
    // The refund changes nothing of it, and takes the other one as ever.
    expect(await referrals().revoke(id, new Date())).toBe(false);
    expect(await give(id, dueAt)).toBe('forfeited');
    expect(await give(ofFriend, dueAt)).toBe('canceled');
    expect(await forfeit(ofFriend)).toBe('too-late');
    expect(await forfeit(randomUUID())).toBe('unknown');
  });

  it('at the moment at which it is given, 30 times over: it is given or not, and what was given is taken', async () => {
    for (let n = 0; n < 30; n += 1) {
      const { id, dueAt, own } = await pair();
      const before = await endOf(own!);
      const [decided, given] = await Promise.all([forfeit(id), give(id, dueAt)]);
      expect(decided).toBe('done');
      expect(['given', 'forfeited']).toContain(given);
      await carryOut();
      expect(await stands(id)).toMatchObject({ status: 'forfeited', owed_days: 0 });
      expect(await endOf(own!)).toBe(before);
    }
  }, 120_000);

  it('its person is told once it is carried out, and of nothing else before', async () => {
    const { id } = await pair();
    const told = async () => (await referrals().untold(new Date())).find((one) => one.id === id)?.status;
    expect(await told()).toBe('waiting');
    await forfeit(id);
    expect(await told()).toBeUndefined();
    await carryOut();
    expect(await told()).toBe('forfeited');
  });
});

describe('somebody who is blocked for fraud', () => {
  it('loses what waits, what was given, and their vouchers; being unblocked brings none of it back', async () => {
    const given = await pair();
    expect(await give(given.id, given.dueAt)).toBe('given');
    const code = await codeOf(given.referrer);
    await shop.issued(await join(code));
    await earn();
    const all = await shop.count('referral_rewards', 'user_id = $1', given.referrer);
    const before = await endOf(given.own!);
    const block = { userId: given.referrer, reason: 'fraud' } as const;
    expect(await blockPerson(shop.pool, block, ANN)).toEqual({ outcome: 'done', before: null, forfeited: all });
    await carryOut();
    expect(await shop.count('referral_rewards', `user_id = $1 AND status = 'forfeited'`, given.referrer)).toBe(all);
    expect(await endOf(given.own!)).toBe(before - days(7));
    await unblockPerson(shop.pool, given.referrer, ANN);
    await carryOut();
    expect(await endOf(given.own!)).toBe(before - days(7));
  });

  it('for another reason keeps them; as a friend they bring who invited them a reward that a person looks at', async () => {
    const { referrer, friend, id, dueAt } = await pair();
    await blockPerson(shop.pool, { userId: referrer, reason: 'abuse' }, ANN);
    expect(await stands(id)).toEqual({ status: 'waiting', owed_days: 0, forfeit_reason: null });
    await unblockPerson(shop.pool, referrer, ANN);
    await blockPerson(shop.pool, { userId: friend, reason: 'fraud' }, ANN);
    expect(await give(id, dueAt)).toBe('held');
    expect(await reward(id)).toMatchObject({ suspicions: ['friend-blocked'], status: 'waiting' });
    expect(await referrals().decide(id, 'release', 'operator:ann')).toEqual({ outcome: 'done' });
    expect(await give(id, dueAt)).toBe('given');
  });
});

describe('reward × erase', () => {
  it.each([
    ['while it is held', false],
    ['on the day that it is due', true],
  ])('whose person’s data are erased %s is never given', async (_when, isDue) => {
    const { referrer, id, dueAt } = await pair({ hasSubscription: false });
    const at = isDue ? dueAt : new Date();
    expect(await erase(referrer)).toBe('done');
    expect(await give(id, at)).toBe('forfeited');
    await carryOut(at);
    expect(await stands(id)).toEqual({ status: 'forfeited', owed_days: 0, forfeit_reason: 'erased' });
    expect((await referrals().untold(new Date())).some((one) => one.id === id)).toBe(false);
    // Coming back brings it back as little.
    await shop.users.upsert({ telegramId: referrer, firstName: 'Bob', username: null, language: 'en' });
    expect(await give(id, dueAt)).toBe('forfeited');
  });

  it('that waits as a voucher goes with them; one that another has claimed is that one’s', async () => {
    const [waiting, claimed] = [await pair({ hasSubscription: false }), await pair({ hasSubscription: false })];
    const [first, second] = [await asVoucher(waiting), await asVoucher(claimed)];
    const other = await shop.buyer();
    const { subscription } = await voucherClaimed(shop.pool, second, other, { locationCode: 'nl' });
    for (const { referrer } of [waiting, claimed]) expect(await erase(referrer)).toBe('done');
    expect(await answerOf(claimVoucher(shop.pool, first, other))).toBe('void');
    await carryOut();
    expect(await stands(waiting.id)).toMatchObject({ status: 'forfeited' });
    expect(await stands(claimed.id)).toEqual({ status: 'voucher', owed_days: 0, forfeit_reason: null });
    expect(await shop.subscriptions.byId(subscription.id)).toMatchObject({ status: 'pending' });
    expect(await endOf(subscription.id)).toBe(subscription.expiresAt.getTime());
  });

  it('and a claim of its voucher at the same moment, 30 times over: one of them wins, and nothing is half taken', async () => {
    for (let n = 0; n < 30; n += 1) {
      const one = await pair({ hasSubscription: false });
      const voucher = await asVoucher(one);
      const other = await shop.buyer();
      const [, claimed] = await Promise.all([erase(one.referrer), answerOf(claimVoucher(shop.pool, voucher, other))]);
      await carryOut();
      const status = claimed === 'given' ? 'voucher' : 'forfeited';
      expect([claimed, await stands(one.id)]).toEqual([
        claimed === 'given' ? 'given' : 'void',
        { status, owed_days: 0, forfeit_reason: claimed === 'given' ? null : 'erased' },
      ]);
      expect(await shop.count('subscriptions', `user_id = $1 AND status = 'pending'`, other)).toBe(
        claimed === 'given' ? 1 : 0,
      );
    }
  }, 120_000);

  it('of the friend: what waits for who invited them comes all the same, and names nobody; their own goes', async () => {
    const { referrer, friend, id, dueAt, ofFriend, own, bought } = await pair();
    const before = await endOf(own!);
    await over(friend);
    expect(await erase(friend)).toBe('done');
    expect(await give(ofFriend, new Date())).toBe('forfeited');
    expect(await referrals().standing(referrer)).toMatchObject({ waiting: [{ initial: '' }] });
    expect(await give(id, dueAt)).toBe('given');
    expect(await endOf(own!)).toBe(before + days(7));
    // And a refund of the friend's purchase still revokes it.
    await shop.refund(bought.id, { paidKopecks: PRICE, at: dueAt });
    await carryOut(dueAt);
    expect(await stands(id)).toMatchObject({ status: 'revoked' });
    expect(await endOf(own!)).toBe(before);
  });

  it('nothing is earned for who invited somebody once their data are erased, and is again once they come back', async () => {
    const referrer = await join();
    const code = await codeOf(referrer);
    const [first, second] = [await join(code), await join(code)];
    expect(await erase(referrer)).toBe('done');
    // Their link is nobody's.
    expect(await shop.row('users', 'telegram_id = $1', await join(code))).toMatchObject({ referred_by: null });
    const bought = await shop.issued(first);
    await earn();
    expect(await shop.count('referral_rewards', 'payment_id = $1', bought.id)).toBe(1);
    expect(await shop.count('referral_rewards', 'user_id = $1', referrer)).toBe(0);
    await shop.users.upsert({ telegramId: referrer, firstName: 'Bob', username: null, language: 'en' });
    await shop.issued(second);
    await earn();
    expect(await shop.count('referral_rewards', 'user_id = $1', referrer)).toBe(1);
  });
});

describe('removing somebody’s data', () => {
  it('takes names, address, code and link, keeps orders and that they have had a trial, and is in the audit log', async () => {
    await offerTrial(shop.pool);
    const userId = await join();
    await codeOf(userId);
    const trial = trialRequest(userId);
    await createFreeGrantsRepository(shop.pool).giveTrial(trial, new Date());
    await shop.pool.query(
      `UPDATE users SET receipt_contact = 'a@example.com', promo_code = 'X', promo_code_until = now() WHERE telegram_id = $1`,
      [userId],
    );
    await over(userId);
    expect(await erase(userId)).toBe('done');
    expect(await shop.row('users', 'telegram_id = $1', userId)).toMatchObject({
      ...{ first_name: '', username: null, receipt_contact: null, promo_code: null, referral_code: null },
      erased_at: expect.any(Date),
    });
    expect(await erase(userId)).toBe('same');
    const log = await createDeskAuditRepository(shop.pool).of(String(userId), 5);
    expect(log.map(({ act, refused }) => [act, refused])).toEqual([
      ['erase', 'same'],
      ['erase', null],
    ]);
    expect(JSON.stringify(log)).not.toMatch(/Bob|example\.com/);
    // T3: no second trial.
    await shop.users.upsert({ telegramId: userId, firstName: 'Eve', username: null, language: 'en' });
    expect(await shop.row('users', 'telegram_id = $1', userId)).toMatchObject({ first_name: 'Eve', erased_at: null });
    const again = await createFreeGrantsRepository(shop.pool).giveTrial(trialRequest(userId), new Date());
    expect(again).toMatchObject({ outcome: 'given', isNew: false });
    expect(await erase(userId)).toBe('done');
    expect(await erase(4)).toBe('unknown');
  });

  it('waits while something of theirs is under way, and says what', async () => {
    const what = async (userId: number) => {
      const answer = await eraseData(shop.pool, userId, ANN);
      return answer.outcome === 'needed' ? answer.for : answer.outcome;
    };
    const [orders, has, gives] = [await join(), await join(), await join()];
    await shop.open(orders);
    expect(await what(orders)).toEqual(['order']);
    const { id } = await shop.issued(has);
    expect(await what(has)).toEqual(['subscription']);
    await shop.refund(id, { paidKopecks: PRICE });
    expect(await what(has)).toEqual(['order', 'refund']);
    const { id: gift } = await shop.open(gives, { locationCode: null });
    await shop.recordPaid(gift);
    expect(await what(gives)).toEqual(['gift']);
    expect((await shop.row('users', 'telegram_id = $1', has))['first_name']).toBe('Bob');
  });
});
