/** Somebody who is blocked: nothing more is given to them or ordered by them, and what is theirs stays so. */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { BlockReason } from '../../src/domain/block';
import { REFERRAL_CODE_BYTES, referralCodeOf, referralRule } from '../../src/domain/referral/referral';
import { blockPerson, unblockPerson } from '../../src/desk/block';
import { createDeskAuditRepository } from '../../src/storage/postgres/deskAudit';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import { createGiftsRepository } from '../../src/storage/postgres/gifts';
import { createPool } from '../../src/storage/postgres/pool';
import { offerOf } from '../../src/storage/postgres/promo/offers';
import { createReferralsRepository } from '../../src/storage/postgres/referrals';
import { bookDifferences } from '../storage/postgres/books';
import { promoCode } from '../storage/postgres/promos';
import { days, freshIds, outcomes, PRICE, times, useShop } from '../storage/postgres/shopDatabase';
import { offerTrial, trialRequest } from '../storage/postgres/trials';
import { answerOf, claimVoucher, oneVoucher } from '../storage/postgres/vouchers';
import { waitUntil } from '../support/wait';

const shop = useShop();
const ANN = { actor: 'operator:ann', note: 'three accounts, one card' };
const RULE = referralRule(7, 0);
const block = (userId: number, reason: BlockReason = 'abuse') => blockPerson(shop.pool, { userId, reason }, ANN);
const unblock = (userId: number) => unblockPerson(shop.pool, userId, ANN);
const blocked = async (): Promise<number> => {
  const userId = await shop.buyer();
  await block(userId);
  return userId;
};
const grants = () => createFreeGrantsRepository(shop.pool);
const referrals = () => createReferralsRepository(shop.pool);
const answer = async (given: Promise<{ outcome: 'given' } | { outcome: 'refused'; why: string }>) => {
  const answered = await given;
  return answered.outcome === 'given' ? 'given' : answered.why;
};
/** Bought and paid. @returns the order's id, which is the voucher's */
async function gift(giver: number): Promise<string> {
  const { id } = await shop.open(giver, { locationCode: null });
  await shop.recordPaid(id);
  return id;
}
const claim = (voucherId: string, userId: number) => answerOf(claimVoucher(shop.pool, voucherId, userId));
async function promoRequest(userId: number, code: string, change: object = {}) {
  const offer = await offerOf(shop.pool, userId, code);
  return {
    ...{ source: offer!.freeUseId, userId, code, planCode: null, locationCode: 'nl', serverCode: null },
    ...{ renewsSubscriptionId: null, grant: { days: 7, trafficGb: 0 }, askedAt: new Date(), ...freshIds(), ...change },
  };
}

describe('the act', () => {
  it('is in the audit log, in its own transaction, with what was before and why; a repeat changes nothing', async () => {
    const userId = await shop.buyer();
    expect(await block(userId)).toEqual({ outcome: 'done', before: null, forfeited: 0 });
    const first = await shop.row('users', 'telegram_id = $1', userId);
    expect(first).toMatchObject({ blocked_by: ANN.actor, block_reason: 'abuse', blocked_at: expect.any(Date) });
    expect(await block(userId)).toEqual({ outcome: 'same' });
    expect(await shop.row('users', 'telegram_id = $1', userId)).toEqual(first);
    expect(await block(userId, 'other')).toEqual({ outcome: 'done', before: 'abuse', forfeited: 0 });
    expect(await unblock(userId)).toEqual({ outcome: 'done', before: 'other', forfeited: 0 });
    expect(await unblock(userId)).toEqual({ outcome: 'same' });
    const cleared = { blocked_at: null, blocked_by: null, block_reason: null };
    expect(await shop.row('users', 'telegram_id = $1', userId)).toMatchObject(cleared);

    const log = await createDeskAuditRepository(shop.pool).of(String(userId), 10);
    const shown = log.map(({ act, before, after, refused, actor, reason }) => ({
      ...{ act, before, after, refused },
      by: `${actor}: ${reason}`,
    }));
    const by = `${ANN.actor}: ${ANN.note}`;
    expect(shown).toEqual([
      { act: 'unblock', before: null, after: null, refused: 'same', by },
      { act: 'unblock', before: { blocked: 'other' }, after: { blocked: null }, refused: null, by },
      { act: 'block', before: { blocked: 'abuse' }, after: { blocked: 'other' }, refused: null, by },
      { act: 'block', before: null, after: null, refused: 'same', by },
      { act: 'block', before: { blocked: null }, after: { blocked: 'abuse' }, refused: null, by },
    ]);
  });

  it('of ten at once is done once; of somebody whom nobody knows, not at all', async () => {
    const userId = await shop.buyer();
    const said = times(10, async () => (await block(userId)).outcome);
    expect(await outcomes(said)).toEqual({ done: 1, same: 9 });
    expect(await block(1)).toEqual({ outcome: 'unknown' });
    const [refused] = await createDeskAuditRepository(shop.pool).of('1', 1);
    expect(refused).toMatchObject({ act: 'block', refused: 'unknown' });
  });
});

describe('block × everything: somebody who is blocked', () => {
  it('orders nothing: no purchase, renewal, gift or trial that costs something', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    await block(userId);
    for (const change of [{}, { locationCode: null }, { renewsSubscriptionId: subscriptionId }])
      expect(await shop.payments.open(shop.draft(userId, change))).toEqual({ outcome: 'blocked' });
    expect(await shop.count('payments', 'user_id = $1', userId)).toBe(1);
    await unblock(userId);
    expect(await shop.payments.open(shop.draft(userId))).toMatchObject({ outcome: 'created' });
  });

  it('has no trial, and has it once they are not', async () => {
    await offerTrial(shop.pool);
    const userId = await blocked();
    const wanted = trialRequest(userId);
    expect(await answer(grants().giveTrial(wanted, new Date()))).toBe('blocked');
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(0);
    await unblock(userId);
    expect(await answer(grants().giveTrial(wanted, new Date()))).toBe('given');
  });

  it('has nothing of a promo code: no days, no plan, and the use is not taken', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    const { code } = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
    const free = await promoCode(shop.pool, { kind: 'percent', amount: 100 });
    const plan = { planCode: 'month', grant: { days: 30, trafficGb: 100 } };
    const alone = await promoRequest(userId, code, { renewsSubscriptionId: subscriptionId });
    const whole = await promoRequest(userId, free.code, plan);
    await block(userId);
    for (const wanted of [alone, whole]) expect(await answer(grants().givePromo(wanted, new Date()))).toBe('blocked');
    expect(await shop.count('promo_uses', 'user_id = $1', userId)).toBe(0);
    await unblock(userId);
    for (const wanted of [alone, whole]) expect(await answer(grants().givePromo(wanted, new Date()))).toBe('given');
  });

  it('claims no gift and no voucher, and it stays for somebody else', async () => {
    const [present, { id: voucher }] = [await gift(await shop.buyer()), await oneVoucher(shop.pool)];
    const userId = await blocked();
    for (const id of [present, voucher]) {
      expect(await claim(id, userId)).toBe('blocked');
      expect(await claim(id, await shop.buyer())).toBe('given');
      expect(await claim(id, userId)).toBe('claimed');
    }
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(0);
  });

  it('keeps what was given before: the same tap finds it, its key is delivered, and its money goes back', async () => {
    const [userId, giver] = [await shop.buyer(), await shop.buyer()];
    await offerTrial(shop.pool);
    const [present, bought] = [await gift(giver), await shop.paid(userId)];
    const trial = trialRequest(await shop.buyer());
    expect(await answer(grants().giveTrial(trial, new Date()))).toBe('given');
    expect(await claim(present, userId)).toBe('given');
    for (const one of [userId, giver, trial.userId]) await block(one);

    expect(await answer(grants().giveTrial(trial, new Date()))).toBe('given');
    expect(await claim(present, userId)).toBe('given');
    expect(await shop.deliver(bought.id)).toBe('issued');
    const told = (await shop.subscriptions.byId(bought.subscriptionId))!;
    expect(told).toMatchObject({ status: 'active' });
    const waiting = await gift(await shop.buyer());
    expect(await shop.refund(bought.id, { paidKopecks: PRICE })).toMatchObject({ outcome: 'planned' });
    expect(await shop.refund(waiting, { paidKopecks: PRICE })).toMatchObject({ outcome: 'planned' });
    expect(await bookDifferences(shop.pool)).toEqual([]);
  });

  it('an open order of theirs ends as it would: its tap finds it, and money that comes buys what it is for', async () => {
    const userId = await shop.buyer();
    const draft = shop.draft(userId);
    const opened = await shop.payments.open(draft);
    await block(userId);
    expect(opened).toMatchObject({ outcome: 'created' });
    expect(await shop.payments.open(draft)).toMatchObject({ outcome: 'existing', payment: { id: draft.paymentId } });
    expect(await shop.recordPaid(draft.paymentId)).toMatchObject({ decision: 'issue' });
    expect(await shop.deliver(draft.paymentId)).toBe('issued');
  });

  it('the giver of a gift: it can be claimed, and goes back to them, who have it once they are not blocked', async () => {
    const giver = await shop.buyer();
    const [claimed, returned] = [await gift(giver), await gift(giver)];
    await block(giver);
    expect(await claim(claimed, await shop.buyer())).toBe('given');
    const later = new Date(Date.now() + days(90));
    expect(await createGiftsRepository(shop.pool).returnToGiver(returned, later)).toBe('returned');
    expect(await claim(returned, giver)).toBe('blocked');
    await unblock(giver);
    expect(await claim(returned, giver)).toBe('given');
  });
});

let people = 900_000;
const join = async (referralCode?: string): Promise<number> => {
  const telegramId = (people += 1);
  await shop.users.upsert({ telegramId, firstName: 'Bob', username: null, language: 'en', referralCode });
  return telegramId;
};
const codeOf = (userId: number) => referrals().code(userId, referralCodeOf(randomBytes(REFERRAL_CODE_BYTES)));
const referredBy = async (userId: number) => (await shop.row('users', 'telegram_id = $1', userId))['referred_by'];
const earn = async (): Promise<void> => {
  for (const { id } of await referrals().toReward(RULE, new Date())) await referrals().earn(id, RULE, new Date());
};
const rewards = async (paymentId: string) => {
  const found = await shop.pool.query('SELECT role, status FROM referral_rewards WHERE payment_id = $1 ORDER BY role', [
    paymentId,
  ]);
  return found.rows.map(({ role, status }) => `${role}: ${status}`);
};

describe('the referral programme', () => {
  it('the link of somebody who is blocked is an ordinary start, and who is blocked is attached by no link', async () => {
    const inviter = await join();
    const code = await codeOf(inviter);
    const known = await join();
    await block(inviter);
    expect(await referredBy(await join(code))).toBeNull();
    expect(await referrals().claim(known, code)).toBe(false);
    expect(await referrals().invitation(known, code)).toBeUndefined();
    await unblock(inviter);
    await block(known);
    expect(await referrals().claim(known, code)).toBe(false);
    await unblock(known);
    expect(await referrals().claim(known, code)).toBe(true);
  });

  it('who is blocked earns nothing as who invites; the friend has theirs all the same', async () => {
    const inviter = await join();
    const friend = await join(await codeOf(inviter));
    const bought = await shop.issued(friend);
    await block(inviter);
    await earn();
    expect(await rewards(bought.id)).toEqual(['friend: waiting']);
  });

  it('a purchase of a friend who is blocked brings nothing, unless they are unblocked in time', async () => {
    const inviter = await join();
    const friend = await join(await codeOf(inviter));
    const bought = await shop.issued(friend);
    await block(friend);
    await earn();
    // Found before the block, and decided after it.
    expect(await referrals().earn(bought.id, RULE, new Date())).toBe(false);
    expect(await rewards(bought.id)).toEqual([]);
    await unblock(friend);
    await earn();
    expect(await rewards(bought.id)).toEqual(['friend: waiting', 'referrer: waiting']);
  });

  it('a reward that waits is not given while its person is blocked, and they read of no day', async () => {
    const inviter = await join();
    await shop.issued(inviter);
    const bought = await shop.issued(await join(await codeOf(inviter)));
    await earn();
    const { id } = await shop.row('referral_rewards', `payment_id = $1 AND role = 'referrer'`, bought.id);
    const later = new Date(Date.now() + days(8));
    const give = () => answer(referrals().give({ id, grantId: randomUUID() }, later));
    const isDue = async () => (await referrals().due(later)).some((one) => one.id === id);
    const isTold = async () => (await referrals().untold(new Date())).some((one) => one.id === id);
    expect([await isDue(), await isTold()]).toEqual([true, true]);
    await block(inviter);
    expect([await isDue(), await isTold(), await give()]).toEqual([false, false, 'blocked']);
    await unblock(inviter);
    expect([await isDue(), await give()]).toEqual([true, 'given']);
  });
});

/** Begins `second` while `first` holds the person's row on another replica, and lets both end. */
async function oneAfterTheOther<A, B>(userId: number, first: () => Promise<A>, second: () => Promise<B>) {
  const gate = await shop.pool.connect();
  const waiting = async (count: number) => {
    const { rows } = await shop.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]!.n === count || undefined;
  };
  try {
    await gate.query('BEGIN');
    await gate.query('SELECT FROM users WHERE telegram_id = $1 FOR UPDATE', [userId]);
    const one = first();
    await waitUntil(() => waiting(1), { what: 'the first waits' });
    const other = second();
    await waitUntil(() => waiting(2), { what: 'the second waits' });
    await gate.query('COMMIT');
    return await Promise.all([one, other]);
  } finally {
    gate.release(true);
  }
}

describe('two replicas', () => {
  it('a claim that comes first is given, one that comes behind the block is not: decided in the transaction that gives', async () => {
    const other = createPool(shop.database.url, { max: 2, onError: () => undefined });
    try {
      const [early, late] = [await shop.buyer(), await shop.buyer()];
      const [one, two] = [await gift(await shop.buyer()), await gift(await shop.buyer())];
      const claimOn = (voucherId: string, userId: number) => answerOf(claimVoucher(other, voucherId, userId));
      expect(
        await oneAfterTheOther(
          early,
          () => claimOn(one, early),
          () => block(early),
        ),
      ).toEqual(['given', { outcome: 'done', before: null, forfeited: 0 }]);
      expect(
        await oneAfterTheOther(
          late,
          () => block(late),
          () => claimOn(two, late),
        ),
      ).toEqual([{ outcome: 'done', before: null, forfeited: 0 }, 'blocked']);
      expect(await shop.row('vouchers', 'id = $1', two)).toMatchObject({ status: 'issued', claimed_by: null });
    } finally {
      await other.end();
    }
  });

  it('everything at once, fifty times: whatever was given came before the block, and nothing is half given', async () => {
    await offerTrial(shop.pool);
    for (let n = 0; n < 50; n += 1) {
      const userId = await shop.buyer();
      const { id: voucher } = await oneVoucher(shop.pool);
      const [, claimed, tried, ordered] = await Promise.all([
        block(userId),
        claim(voucher, userId),
        answer(grants().giveTrial(trialRequest(userId), new Date())),
        shop.payments.open(shop.draft(userId)),
      ]);
      const has = claimed === 'given';
      expect(['given', 'blocked']).toContain(claimed);
      expect(tried).toMatch(/^(given|blocked|not-new)$/);
      expect(await shop.count('vouchers', `id = $1 AND claimed_by = $2`, voucher, userId)).toBe(has ? 1 : 0);
      const kept = Number(has) + Number(tried === 'given');
      expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(kept);
      expect(await shop.count('payments', 'user_id = $1', userId)).toBe(ordered.outcome === 'created' ? 1 : 0);
    }
    expect(await bookDifferences(shop.pool)).toEqual([]);
  }, 120_000);
});
