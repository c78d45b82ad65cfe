/** A trial: once per person for ever, of a budget, on a place, and part of the book like everything else. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TrialOffer } from '../../../src/domain/trial';
import { createAccessRevocationsRepository } from '../../../src/storage/postgres/accessRevocations';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createRetentionRepository } from '../../../src/storage/postgres/retention';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import type { TrialRequest } from '../../../src/storage/postgres/freeGrants/trial';
import { offerOf } from '../../../src/storage/postgres/promo/offers';
import { freeUseId } from '../../../src/storage/postgres/promo/uses';
import type { PurchaseDraft } from '../../../src/storage/postgres/payments';
import { bookDifferences } from './books';
import { promoCode, withPromo } from './promos';
import { catalogue, days, freshIds, outcomes, PRICE, times, useShop } from './shopDatabase';
import { TRIAL_GRANT, trialGiven, trialOffer, trialRequest } from './trials';

const shop = useShop();
const NOW = new Date('2026-03-01T10:00:00Z');
/** Every test on a day of its own, so that one's trials are not of another's budget. */
let day = 0;
const nextDay = () => new Date(NOW.getTime() + days((day += 1)));

/** The trial as the catalogue offers it; `null`: it offers none. */
const offer = (perDay: number | null, serverCodes: string[] | null = null, change: Partial<TrialOffer> = {}) =>
  applyCatalogue(shop.pool, {
    ...catalogue(),
    trial: perDay === null ? null : trialOffer({ perDay, serverCodes, ...change }),
  });
beforeEach(() => offer(1_000));

const give = (userId: number, at: Date, change?: Partial<TrialRequest>) =>
  createFreeGrantsRepository(shop.pool).giveTrial(trialRequest(userId, change), at);
const given = (userId: number, at: Date, change?: Partial<TrialRequest>) =>
  trialGiven(shop.pool, trialRequest(userId, change), at);
const byOutcome = (work: readonly ReturnType<typeof give>[]) =>
  outcomes(
    work.map(async (one) => {
      const trial = await one;
      return trial.outcome === 'given' ? 'given' : trial.why;
    }),
  );

describe('T1: a person has one trial', () => {
  it('however often they tap at once, and again later', async () => {
    const userId = await shop.buyer();
    const at = nextDay();
    const taps = await Promise.all(times(50, () => give(userId, at)));
    expect(new Set(taps.map((tap) => (tap.outcome === 'given' ? tap.id : tap.why))).size).toBe(1);
    expect(taps.filter((tap) => tap.outcome === 'given' && tap.isNew)).toHaveLength(1);
    expect(await give(userId, nextDay())).toMatchObject({ outcome: 'given', isNew: false });
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(1);
    expect(await shop.count('free_grants', 'user_id = $1', userId)).toBe(1);
  });

  it('and none who has ever had a subscription, also one that was refunded', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [subscriptionId]);
    expect(await give(userId, nextDay())).toEqual({ outcome: 'refused', why: 'not-new' });
    expect(await shop.count('free_grants', 'user_id = $1', userId)).toBe(0);
  });
});

describe('T2: trial and purchase are their sum', () => {
  const buy = (userId: number, subscriptionId: string, at: Date) =>
    shop.paid(userId, { renewsSubscriptionId: subscriptionId }, at);
  /** The trial's key was there. */
  const delivered = (subscriptionId: string) =>
    shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = now() WHERE id = $1`, [subscriptionId]);

  it('the limit is what was used so far and what is bought; a refund brings back the trial’s own', async () => {
    const userId = await shop.buyer();
    const at = nextDay();
    const { subscriptionId } = await given(userId, at);
    await delivered(subscriptionId);
    await shop.pool.query(
      `INSERT INTO subscription_usage (subscription_id, used_gb, panel_enabled, panel_active) VALUES ($1, 1.5, true, true)`,
      [subscriptionId],
    );
    const { id } = await buy(userId, subscriptionId, new Date(at.getTime() + days(1)));
    await shop.deliver(id);
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({ trafficGb: 102, status: 'active' });
    await shop.refund(id, { at: new Date(at.getTime() + days(2)) });
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({
      trafficGb: 5,
      planCode: 'trial',
      status: 'active',
      expiresAt: new Date(at.getTime() + days(3)),
    });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('on the same key, to the millisecond; a refund of the purchase brings back the end of the trial', async () => {
    const userId = await shop.buyer();
    const at = nextDay();
    const { subscriptionId } = await given(userId, at);
    await delivered(subscriptionId);
    const before = (await shop.subscriptions.byId(subscriptionId))!;
    expect(before).toMatchObject({ startsAt: at, expiresAt: new Date(at.getTime() + days(3)), trafficGb: 5 });

    const { id } = await buy(userId, subscriptionId, new Date(at.getTime() + days(1)));
    await shop.deliver(id);
    const after = (await shop.subscriptions.byId(subscriptionId))!;
    expect(after.expiresAt).toEqual(new Date(at.getTime() + days(33)));
    expect(after).toMatchObject({ trafficGb: 105, planCode: 'month', panelUserId: before.panelUserId });

    await shop.refund(id, { at: new Date(at.getTime() + days(2)) });
    expect(await shop.subscriptions.byId(subscriptionId)).toEqual({ ...before, status: 'active' });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('or what is bought begins at once, where the shop keeps nothing of the trial; a refund brings back its end', async () => {
    await offer(1_000, null, { keep: false });
    const userId = await shop.buyer();
    const at = nextDay();
    expect(await give(userId, at)).toEqual({ outcome: 'refused', why: 'changed' });
    const { subscriptionId } = await given(userId, at, { keep: false });
    await delivered(subscriptionId);
    const before = (await shop.subscriptions.byId(subscriptionId))!;
    expect(before.endsWithPurchase).toBe(true);
    // What the catalogue says later changes nothing for this trial.
    await offer(1_000);
    const bought = new Date(at.getTime() + days(1));
    const { id } = await buy(userId, subscriptionId, bought);
    await shop.deliver(id);
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({
      ...{ startsAt: at, expiresAt: new Date(bought.getTime() + days(30)), planCode: 'month' },
      ...{ panelUserId: before.panelUserId, endsWithPurchase: false },
    });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
    await shop.refund(id, { at: new Date(at.getTime() + days(2)) });
    expect(await shop.subscriptions.byId(subscriptionId)).toEqual({ ...before, status: 'active' });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('and nothing says so any more once something was given besides: then a purchase is added', async () => {
    await offer(1_000, null, { keep: false });
    const userId = await shop.buyer();
    const at = nextDay();
    const { subscriptionId } = await given(userId, at, { keep: false });
    await delivered(subscriptionId);
    const endsWithPurchase = async () => (await shop.subscriptions.byId(subscriptionId))!.endsWithPurchase;
    expect(await endsWithPurchase()).toBe(true);
    const { code } = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
    const { id: promoId } = (await offerOf(shop.pool, userId, code))!;
    const wanted = {
      ...{ source: freeUseId(promoId, userId), userId, code, planCode: null, locationCode: 'nl', serverCode: null },
      ...{ renewsSubscriptionId: subscriptionId, grant: { days: 7, trafficGb: 0 }, askedAt: new Date() },
      ...freshIds(),
    };
    expect(await createFreeGrantsRepository(shop.pool).givePromo(wanted, at)).toMatchObject({ outcome: 'given' });
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({ planCode: 'trial', endsWithPurchase: false });
    await buy(userId, subscriptionId, new Date(at.getTime() + days(1)));
    expect((await shop.subscriptions.byId(subscriptionId))!.expiresAt).toEqual(new Date(at.getTime() + days(40)));
  });

  it('also when the purchase is refunded before it was delivered', async () => {
    const userId = await shop.buyer();
    const at = nextDay();
    const { subscriptionId } = await given(userId, at);
    await delivered(subscriptionId);
    const { id } = await buy(userId, subscriptionId, new Date(at.getTime() + days(1)));
    await shop.payments.planUndeliveredRefund(id, { reason: 'panel-unavailable', askedBy: 'deadline' });
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({
      status: 'active',
      planCode: 'trial',
      expiresAt: new Date(at.getTime() + days(3)),
      trafficGb: 5,
    });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });
});

it('trial × first-purchase code: a trial is no purchase, so the code is still good', async () => {
  const userId = await shop.buyer();
  const at = nextDay();
  const { subscriptionId } = await given(userId, at);
  await shop.pool.query(`UPDATE subscriptions SET status = 'active', delivered_at = now() WHERE id = $1`, [
    subscriptionId,
  ]);
  const terms = await promoCode(shop.pool, { audience: 'first-purchase' });
  const opened = await shop.payments.open(
    shop.draft(userId, { renewsSubscriptionId: subscriptionId, ...withPromo(terms, PRICE) }),
  );
  expect(opened).toMatchObject({ outcome: 'created', payment: { promoCode: terms.code } });
  // A subscription it is, for a code that is for people without one.
  const lonely = await promoCode(shop.pool, { audience: 'no-subscription' });
  const refused = shop.draft(userId, { planCode: 'year', ...withPromo(lonely, 159_000) });
  expect(await shop.payments.open(refused)).toEqual({ outcome: 'promo-changed', refused: 'no-subscription' });
});

it('T3: who has been forgotten and starts again has no second trial, and the row cannot go', async () => {
  const userId = await shop.buyer();
  const { subscriptionId } = await given(userId, nextDay());
  await shop.pool.query(
    `UPDATE subscriptions SET status = 'expired', starts_at = now() - interval '9 years', expires_at = now() - interval '8 years' WHERE id = $1`,
    [subscriptionId],
  );
  await createRetentionRepository(shop.pool).remove('people', new Date(Date.now() + 1_000), 10_000);
  expect(await shop.row('users', 'telegram_id = $1', userId)).toMatchObject({ first_name: '' });
  await shop.users.upsert({ telegramId: userId, firstName: 'New', username: null, language: 'en' });
  expect(await give(userId, nextDay())).toMatchObject({ outcome: 'given', isNew: false });
  await expect(shop.pool.query('DELETE FROM free_grants WHERE user_id = $1', [userId])).rejects.toThrow(
    'never changed or removed',
  );
});

describe('T4: nothing is left behind by a trial that is not given', () => {
  const nothingLeft = async (userId: number) => {
    for (const table of ['free_grants', 'subscriptions'])
      expect(await shop.count(table, 'user_id = $1', userId)).toBe(0);
  };

  it('by a budget that is spent: 100 at once on the last one are one', async () => {
    const at = nextDay();
    await offer(1);
    const people = await Promise.all(times(100, () => shop.buyer()));
    expect(await byOutcome(people.map((userId) => give(userId, at)))).toEqual({ given: 1, spent: 99 });
    expect(await shop.count('free_grants', 'given_at = $1', at)).toBe(1);
    const userId = await shop.buyer();
    expect(await give(userId, at)).toEqual({ outcome: 'refused', why: 'spent' });
    await nothingLeft(userId);
    // Tomorrow there are more; where the shop gives none, never.
    await offer(null);
    expect(await give(userId, nextDay())).toEqual({ outcome: 'refused', why: 'off' });
    await nothingLeft(userId);
    await offer(1);
    expect(await give(userId, nextDay())).toMatchObject({ outcome: 'given' });
  });

  it('G5: 100 at once on a budget of one are exactly one, a hundred days in a row', async () => {
    await offer(1);
    let people = await Promise.all(times(200, () => shop.buyer()));
    for (let repetition = 0; repetition < 100; repetition += 1) {
      const at = nextDay();
      const answers = await Promise.all(people.slice(0, 100).map((userId) => give(userId, at)));
      const winners = people.slice(0, 100).filter((_, index) => answers[index]!.outcome === 'given');
      expect(winners).toHaveLength(1);
      expect(await shop.count('free_grants', 'given_at = $1', at)).toBe(1);
      people = people.filter((userId) => userId !== winners[0]);
    }
    for (const userId of people) await nothingLeft(userId);
  }, 300_000);

  it('by a full server, which is never oversold: 20 at once on the last place are one', async () => {
    const at = nextDay();
    const people = await Promise.all(times(20, () => shop.buyer()));
    const tap = (userId: number) => give(userId, at, { locationCode: 'fi' });
    expect(await byOutcome(people.map(tap))).toEqual({ given: 1, full: 19 });
    expect(await shop.count('subscriptions', `server_code = 'fi-1'`)).toBe(1);
    const late = await shop.buyer();
    expect(await tap(late)).toEqual({ outcome: 'refused', why: 'full' });
    await nothingLeft(late);
  });

  it('by a request for more than the shop offers, or for what it offered before', async () => {
    const userId = await shop.buyer();
    for (const grant of [
      { days: 3_650, trafficGb: 5 },
      { days: 3, trafficGb: 500 },
    ])
      expect(await give(userId, nextDay(), { grant })).toEqual({ outcome: 'refused', why: 'changed' });
    await nothingLeft(userId);
    const { subscriptionId } = await given(userId, nextDay());
    const { startsAt, expiresAt, trafficGb } = (await shop.subscriptions.byId(subscriptionId))!;
    expect([expiresAt.getTime() - startsAt.getTime(), trafficGb]).toEqual([days(3), 5]);
  });

  it('in a place where nothing is sold', async () => {
    const userId = await shop.buyer();
    expect(await give(userId, nextDay(), { locationCode: 'xx' })).toEqual({ outcome: 'refused', why: 'unavailable' });
    await nothingLeft(userId);
  });
});

it('friends of one person have a budget of their own each day; others are given as ever', async () => {
  await offer(1_000, null, { perReferrerPerDay: 2 });
  const referrer = await shop.buyer();
  const friends = await Promise.all(
    times(20, async () => {
      const friend = await shop.buyer();
      await shop.pool.query('UPDATE users SET referred_by = $2 WHERE telegram_id = $1', [friend, referrer]);
      return friend;
    }),
  );
  const at = nextDay();
  expect(await byOutcome(friends.map((friend) => give(friend, at)))).toEqual({ given: 2, 'friends-spent': 18 });
  expect(await byOutcome([give(referrer, at), give(await shop.buyer(), at)])).toEqual({ given: 2 });
  const left = [];
  for (const friend of friends) if ((await shop.count('free_grants', 'user_id = $1', friend)) === 0) left.push(friend);
  expect(await shop.count('subscriptions', 'user_id = ANY($1)', left)).toBe(0);
  expect(await give(left[0]!, nextDay())).toMatchObject({ outcome: 'given' });
});

it('one that is given on some servers only moves to none of the others when its panel is gone for good', async () => {
  await offer(1_000, ['de-1']);
  const trial = await given(await shop.buyer(), nextDay(), { locationCode: 'de' });
  const repository = createFreeGrantsRepository(shop.pool);
  const serverOf = async () => (await shop.subscriptions.byId(trial.subscriptionId))!.serverCode;
  expect(await serverOf()).toBe('de-1');
  await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'de-1'`);
  const move = { because: 'panel-gone', request: randomUUID() } as const;
  expect(await repository.move(trial.id, move)).toBe(false);
  expect(await serverOf()).toBe('de-1');
  await offer(1_000, ['de-1', 'de-2']);
  expect(await repository.move(trial.id, move)).toBe(true);
  expect(await serverOf()).toBe('de-2');
  // What an attempt may have made there is removed once that panel is there after all.
  const { panelUserId } = (await shop.subscriptions.byId(trial.subscriptionId))!;
  const revocations = createAccessRevocationsRepository(shop.pool);
  const openOnOld = async () =>
    (await revocations.openOn('de-1', 0, 1_000)).filter((one) => one.panelUserId === panelUserId);
  await revocations.followPanels();
  expect(await openOnOld()).toEqual([]);
  await shop.pool.query(`UPDATE servers SET gone_at = NULL`);
  await revocations.followPanels();
  expect(await openOnOld()).toHaveLength(1);
});

describe('one whose panel makes no key', () => {
  const repository = () => createFreeGrantsRepository(shop.pool);
  const standing = async (subscriptionId: string) => (await shop.subscriptions.byId(subscriptionId))!;
  const ask = (id: string, request: string = randomUUID()) => repository().move(id, { because: 'asked', request });

  it('is made on another server once for each time that is asked for, however often that is repeated', async () => {
    await offer(1_000, null);
    const trial = await given(await shop.buyer(), nextDay(), { locationCode: 'de' });
    const before = await standing(trial.subscriptionId);
    await repository().recordDelayed(trial.id, 'panel-unavailable');
    const request = randomUUID();
    // The answer to the first attempts was lost.
    expect(await outcomes([ask(trial.id, request), ask(trial.id, request), ask(trial.id, request)])).toEqual({
      true: 3,
    });
    const { serverCode, panelUserId } = await standing(trial.subscriptionId);
    expect([before.serverCode, serverCode].toSorted()).toEqual(['de-1', 'de-2']);
    expect(await shop.row('free_grants', 'id = $1', trial.id)).toMatchObject({
      status: 'delayed',
      reason: 'server-changed',
    });
    // Each server is tried once.
    expect(await ask(trial.id)).toBe(false);
    expect(await standing(trial.subscriptionId)).toMatchObject({ serverCode });
    // An attempt that was under way on the old one is no delivery, and what it has made there is removed.
    expect(await repository().recordDelivered(trial.id, before)).toBe('stale');
    const open = await createAccessRevocationsRepository(shop.pool).unconfirmedOn(before);
    expect(open).toMatchObject([{ serverCode: before.serverCode, panelUserId }]);
    expect(await repository().recordDelivered(trial.id, await standing(trial.subscriptionId))).toBe('issued');
    expect(await ask(trial.id)).toBe(false);
  });

  it('never returns to one from which its account is being removed, also when the other one is gone for good', async () => {
    await offer(1_000, null);
    const trial = await given(await shop.buyer(), nextDay(), { locationCode: 'de' });
    const { serverCode: first } = await standing(trial.subscriptionId);
    expect(await ask(trial.id)).toBe(true);
    const { serverCode: second } = await standing(trial.subscriptionId);
    await shop.pool.query('UPDATE servers SET gone_at = now() WHERE code = $1', [second]);
    const move = { because: 'panel-gone', request: randomUUID() } as const;
    expect(await repository().move(trial.id, move)).toBe(false);
    expect((await standing(trial.subscriptionId)).serverCode).toBe(second);
    expect(first).not.toBe(second);
    expect(await repository().end(trial.id, new Date())).toBe('panel-gone');
    await shop.pool.query('UPDATE servers SET gone_at = NULL');
  });

  it('stays among the servers that the owner gives it on', async () => {
    await offer(1_000, ['de-1']);
    const trial = await given(await shop.buyer(), nextDay(), { locationCode: 'de' });
    expect(await ask(trial.id)).toBe(false);
    expect(await standing(trial.subscriptionId)).toMatchObject({ serverCode: 'de-1' });
  });
});

describe('a trial that costs something is an ordinary order', () => {
  const TRIAL_PRICE = 100;
  beforeEach(() => offer(1_000, null, { priceKopecks: TRIAL_PRICE }));
  const draft = (userId: number, change: Partial<PurchaseDraft> = {}) =>
    shop.draft(userId, { planCode: 'trial', ...TRIAL_GRANT, priceKopecks: TRIAL_PRICE, ...change });
  const order = async (userId: number, change?: Partial<PurchaseDraft>): Promise<string> => {
    const opened = await shop.payments.open(draft(userId, change));
    return opened.outcome === 'trial-refused' ? opened.why : opened.outcome;
  };
  const ordered = async (userId: number) => (await shop.row('payments', 'user_id = $1', userId))['id'] as string;
  const paidFor = async (userId: number) => {
    if ((await order(userId)) !== 'created') throw new Error('not ordered');
    const id = await ordered(userId);
    await shop.recordPaid(id);
    if ((await shop.deliver(id)) !== 'issued') throw new Error('not delivered');
    return { id, subscriptionId: (await shop.payments.byId(id))!.subscriptionId! };
  };

  it('T1: once for each person, however often they tap at once; it is given by an order alone', async () => {
    const userId = await shop.buyer();
    expect(await give(userId, nextDay())).toEqual({ outcome: 'refused', why: 'changed' });
    const taps = await outcomes(times(50, () => order(userId)));
    expect(taps).toEqual({ created: 1, existing: 49 });
    const id = await ordered(userId);
    await shop.recordPaid(id);
    await shop.deliver(id);
    expect(await order(userId)).toBe('not-new');
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(1);
  });

  it('T2: trial and purchase are their sum; a refund of either takes its own, and nobody has a second trial', async () => {
    const userId = await shop.buyer();
    const { id, subscriptionId } = await paidFor(userId);
    const trial = (await shop.subscriptions.byId(subscriptionId))!;
    expect(trial).toMatchObject({ planCode: 'trial', trafficGb: 5, status: 'active' });
    expect(trial.expiresAt.getTime() - trial.startsAt.getTime()).toBe(days(3));
    const bought = await shop.issued(userId, { renewsSubscriptionId: subscriptionId });
    const both = (await shop.subscriptions.byId(subscriptionId))!;
    expect(both.expiresAt.getTime() - both.startsAt.getTime()).toBe(days(33));
    await shop.refund(bought.id);
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({ expiresAt: trial.expiresAt });
    await shop.refund(id);
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject({ status: 'revoked' });
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
    expect(await order(userId)).toBe('not-new');
  });

  it('T4: its budget is reserved with the order, and given back by the end of the order alone', async () => {
    await shop.pool.query(`UPDATE payments SET created_at = created_at - interval '2 days' WHERE plan_code = 'trial'`);
    await shop.pool.query(`UPDATE free_grants SET given_at = given_at - interval '1 year' WHERE given_at < now()`);
    await offer(1, null, { priceKopecks: TRIAL_PRICE });
    const people = await Promise.all(times(30, () => shop.buyer()));
    expect(await outcomes(people.map((userId) => order(userId)))).toEqual({ created: 1, spent: 29 });
    const { user_id: winner, id } = await shop.row('payments', `plan_code = 'trial' AND user_id = ANY($1)`, people);
    const other = people.find((userId) => userId !== winner)!;
    expect(await order(other)).toBe('spent');
    await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE id = $1`, [id]);
    expect(await order(other)).toBe('created');
    expect(await shop.count('subscriptions', 'user_id = ANY($1)', people)).toBe(0);
  });

  it('is no purchase for a code of a first one, and takes no code itself', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await paidFor(userId);
    const terms = await promoCode(shop.pool, { audience: 'first-purchase' });
    const renewed = { renewsSubscriptionId: subscriptionId, ...withPromo(terms, PRICE) };
    expect((await shop.payments.open(shop.draft(userId, renewed))).outcome).toBe('created');
    const code = await promoCode(shop.pool, { kind: 'days', amount: 7 });
    const stranger = await shop.buyer();
    expect(await order(stranger, { promo: withPromo(code, TRIAL_PRICE).promo })).toBe('unavailable');
    expect(await order(stranger, { serverCode: 'nl-1' })).toBe('unavailable');
  });
});
