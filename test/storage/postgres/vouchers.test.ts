/** Vouchers: claimed once by whoever comes first, with all their days, and part of the book like everything else. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../../src/domain/duration';
import type { Voucher, VoucherPlace } from '../../../src/domain/voucher/voucher';
import { applyCatalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { createVoucherBatches } from '../../../src/storage/postgres/vouchers/batches';
import { bookDifferences } from './books';
import { afterLockOf, catalogue, days, outcomes, times, useShop } from './shopDatabase';
import { answerOf, claimVoucher, freshVouchers, makeVouchers, oneVoucher, voucherClaimed } from './vouchers';

const shop = useShop();
const NL = { locationCode: 'nl' };

type Options = Parameters<typeof makeVouchers>[2];
const make = (count: number, options?: Options) => makeVouchers(shop.pool, count, options);
const makeOne = (options?: Options) => oneVoucher(shop.pool, options);

const claim = ({ id }: Pick<Voucher, 'id'>, userId: number, place?: VoucherPlace, at?: Date, askedAt?: Date) =>
  claimVoucher(shop.pool, id, userId, place, at, askedAt);
const claimed = ({ id }: Voucher, userId: number, place?: VoucherPlace, at?: Date) =>
  voucherClaimed(shop.pool, id, userId, place, at);
const statusOf = async ({ id }: Voucher) => (await shop.row('vouchers', 'id = $1', id))['status'] as string;

describe('V1: a voucher is claimed once', () => {
  it('by one of 100 who come at once, and the others are all told the same: 100 times over', async () => {
    const people = await Promise.all(times(100, () => shop.buyer()));
    const vouchers = await make(100);
    for (const voucher of vouchers) {
      const answers = await outcomes(people.map((userId) => answerOf(claim(voucher, userId))));
      expect(answers).toEqual({ given: 1, claimed: 99 });
    }
    const ids = vouchers.map(({ id }) => id);
    expect(await shop.count('free_grants', `kind = 'gift' AND source = ANY($1)`, ids)).toBe(100);
    expect(await shop.count('subscriptions', 'user_id = ANY($1)', people)).toBe(100);
    expect(await bookDifferences(shop.pool)).toEqual([]);
  }, 240_000);

  it('and however often its one person taps at once or later, they have it once', async () => {
    const voucher = await makeOne();
    const userId = await shop.buyer();
    const taps = await Promise.all(times(50, () => claim(voucher, userId)));
    expect(new Set(taps.map((tap) => (tap.outcome === 'given' ? tap.id : tap.why))).size).toBe(1);
    expect(await claim(voucher, userId, { locationCode: 'de' })).toMatchObject({ outcome: 'given', isNew: false });
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(1);
    expect(await answerOf(claim(voucher, await shop.buyer()))).toBe('claimed');
  });

  it('after whatever its person has asked for at the same time', async () => {
    const userId = await shop.buyer();
    const voucher = await makeOne();
    expect(await afterLockOf(shop.pool, userId, () => claim(voucher, userId))).toMatchObject({ outcome: 'given' });
  });

  it('or revoked, never both: the claim against the owner, 100 times over', async () => {
    const batches = createVoucherBatches(shop.pool);
    const userId = await shop.buyer();
    for (const voucher of await make(100)) {
      const [answer, revoked] = await Promise.all([
        answerOf(claim(voucher, userId)),
        batches.revoke({ code: voucher.code }),
      ]);
      expect([answer, revoked, await statusOf(voucher)]).toEqual(
        revoked === 1 ? ['void', 1, 'revoked'] : ['given', 0, 'claimed'],
      );
    }
  });
});

describe('V3: the days given are those of the voucher, whenever and wherever it is claimed', () => {
  it('as a new subscription, from the claim on and not from its making', async () => {
    const voucher = await makeOne();
    const at = new Date(Date.now() + days(80));
    const { subscription } = await claimed(voucher, await shop.buyer(), NL, at);
    expect(subscription).toMatchObject({ startsAt: at, expiresAt: new Date(at.getTime() + days(30)), trafficGb: 100 });
    expect(subscription).toMatchObject({ status: 'pending', planCode: 'month', locationCode: 'nl' });
  });

  it('from the delivery on, where the panel was away', async () => {
    const voucher = await makeOne();
    const at = new Date();
    const { id, subscription } = await claimed(voucher, await shop.buyer(), NL, at);
    const grants = createFreeGrantsRepository(shop.pool);
    const later = new Date(at.getTime() + days(2));
    const term = await grants.termIfDelivered({ id, subscriptionId: subscription.id }, later);
    expect(await grants.recordDelivered(id, { ...subscription, ...term, delayedTo: later })).toBe('issued');
    const { startsAt, expiresAt, status } = (await shop.subscriptions.byId(subscription.id))!;
    expect([startsAt, expiresAt.getTime() - startsAt.getTime(), status]).toEqual([later, days(30), 'active']);
    expect(await bookDifferences(shop.pool, subscription.id)).toEqual([]);
  });

  it('added to one of their own, which keeps its key and all it has', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId);
    const before = (await shop.subscriptions.byId(subscriptionId))!;
    const voucher = await makeOne({ planCode: 'year' });
    const { subscription: after } = await claimed(voucher, userId, { subscriptionId });
    expect(after.expiresAt.getTime() - before.expiresAt.getTime()).toBe(days(365));
    expect(after).toMatchObject({
      panelUserId: before.panelUserId,
      trafficGb: 1300,
      status: 'active',
      planCode: 'year',
    });
    expect(await shop.count('subscriptions', 'user_id = $1', userId)).toBe(1);
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('added to a trial: the same key, and the days of both', async () => {
    const userId = await shop.buyer();
    const [short, month] = [await makeOne({ planCode: 'day' }), await makeOne()];
    const { id, subscription } = await claimed(short, userId);
    await createFreeGrantsRepository(shop.pool).recordDelivered(id, subscription);
    const { subscription: both } = await claimed(month, userId, { subscriptionId: subscription.id });
    expect(both.expiresAt.getTime() - both.startsAt.getTime()).toBe(days(31));
    expect(both).toMatchObject({ panelUserId: subscription.panelUserId, planCode: 'month' });
  });

  it('also when what was bought before is refunded while the panel is away for longer than the voucher lasts', async () => {
    const userId = await shop.buyer();
    const at = new Date();
    // Half a day before its end.
    const { id: paymentId, subscriptionId } = await shop.issued(userId, {}, new Date(at.getTime() - days(29.5)));
    const voucher = await makeOne({ planCode: 'day' });
    const { id } = await claimed(voucher, userId, { subscriptionId }, at);
    const later = new Date(at.getTime() + days(2));
    await shop.refund(paymentId, { at: later });
    expect((await shop.subscriptions.byId(subscriptionId))!.status).toBe('active');

    const grants = createFreeGrantsRepository(shop.pool);
    const term = await grants.termIfDelivered({ id, subscriptionId }, later);
    const told = { ...(await shop.subscriptions.byId(subscriptionId))!, ...term, delayedTo: later };
    expect(await grants.recordDelivered(id, told)).toBe('issued');
    const { expiresAt, status } = (await shop.subscriptions.byId(subscriptionId))!;
    expect([status, expiresAt.getTime() - later.getTime()]).toEqual(['active', days(1)]);
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });

  it('and a refund of what was bought before leaves all of them', async () => {
    const userId = await shop.buyer();
    const { id, subscriptionId } = await shop.issued(userId);
    const voucher = await makeOne();
    await claimed(voucher, userId, { subscriptionId });
    const now = new Date();
    await shop.refund(id, { at: now });
    const left = (await shop.subscriptions.byId(subscriptionId))!;
    expect(left.status).toBe('active');
    expect(left.expiresAt.getTime() - now.getTime()).toBe(days(30));
    expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  });
});

describe('V4: what was promised is kept when the catalogue changes', () => {
  it('a plan that is changed or gone: the voucher gives what it gave when it was made', async () => {
    const userId = await shop.buyer();
    const voucher = await makeOne({ planCode: 'day' });
    const without = { ...catalogue(), plans: catalogue().plans.filter(({ code }) => code !== 'day') };
    await applyCatalogue(shop.pool, without);
    try {
      const { subscription } = await claimed(voucher, userId);
      expect(subscription.expiresAt.getTime() - subscription.startsAt.getTime()).toBe(DAY_MS);
      expect(subscription).toMatchObject({ planCode: 'day', trafficGb: 5 });
    } finally {
      await applyCatalogue(shop.pool, catalogue());
    }
  });

  it('a server that is not sold from any more: another one makes the key, and what is there already goes on', async () => {
    const userId = await shop.buyer();
    const { subscriptionId } = await shop.issued(userId, { locationCode: 'de', serverCode: 'de-1' });
    const [added, fresh] = await make(2);
    const without = { ...catalogue(), servers: catalogue().servers.filter(({ code }) => code !== 'de-1') };
    await applyCatalogue(shop.pool, without);
    try {
      expect(await answerOf(claim(added!, userId, { subscriptionId }))).toBe('given');
      const { subscription } = await claimed(fresh!, userId, { locationCode: 'de' });
      expect(subscription.serverCode).toBe('de-2');
    } finally {
      await applyCatalogue(shop.pool, catalogue());
    }
  });
});

describe('nothing is given, and the voucher can be claimed as before,', () => {
  it('where the place is full: of 20 at once one has the last place, and the vouchers of the others stay', async () => {
    const vouchers = await make(20);
    const people = await Promise.all(times(20, () => shop.buyer()));
    const fi = { locationCode: 'fi' };
    const tap = (voucher: Voucher, at: number) => answerOf(claim(voucher, people[at]!, fi));
    expect(await outcomes(vouchers.map(tap))).toEqual({ given: 1, full: 19 });
    expect(await shop.count('subscriptions', `server_code = 'fi-1'`)).toBe(1);
    expect(await shop.count('vouchers', `batch_id = $1 AND status = 'issued'`, vouchers[0]!.batchId)).toBe(19);
    const left = vouchers[(await Promise.all(vouchers.map(statusOf))).indexOf('issued')]!;
    expect(await answerOf(claim(left, people[0]!))).toBe('given');
  });

  it('where nothing is sold, for somebody else’s subscription, one that was refunded, or one too far ahead', async () => {
    const [userId, other] = [await shop.buyer(), await shop.buyer()];
    const voucher = await makeOne({ planCode: 'year' });
    const { subscriptionId: foreign } = await shop.issued(other);
    const { subscriptionId: refunded } = await shop.issued(userId);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [refunded]);
    const { subscriptionId: endless } = await shop.issued(userId);
    await shop.pool.query(`UPDATE subscriptions SET expires_at = now() + interval '9800 days' WHERE id = $1`, [
      endless,
    ]);
    expect(await answerOf(claim(voucher, userId, { locationCode: 'xx' }))).toBe('unavailable');
    for (const subscriptionId of [foreign, refunded, randomUUID()])
      expect(await answerOf(claim(voucher, userId, { subscriptionId }))).toBe('unavailable');
    expect(await answerOf(claim(voucher, userId, { subscriptionId: endless }))).toBe('limit-reached');
    expect(await statusOf(voucher)).toBe('issued');
  });

  it('after its end, or by an id that nobody knows', async () => {
    const until = new Date('2026-06-01T00:00:00Z');
    const [late, inTime] = await make(2, { until });
    const userId = await shop.buyer();
    expect(await answerOf(claim(late!, userId, NL, until))).toBe('void');
    expect(await answerOf(claim(inTime!, userId, NL, new Date(until.getTime() - 1)))).toBe('given');
    // The worker was away, and comes to the tap hours later.
    const tappedInTime = await makeOne({ until });
    const hoursLater = new Date(until.getTime() + 3 * 3_600_000);
    const tappedAt = new Date(until.getTime() - 1);
    expect(await answerOf(claim(tappedInTime, await shop.buyer(), NL, hoursLater, tappedAt))).toBe('given');
    expect(await answerOf(claim({ id: randomUUID() }, userId))).toBe('void');
  });
});

describe('a batch of which each person may have one', () => {
  it('gives one to whoever asks for all of them at once, and the others stay good for others', async () => {
    const vouchers = await make(10, { oncePerPerson: true, partner: 'the shop next door' });
    const [one, two] = [await shop.buyer(), await shop.buyer()];
    const [first, second] = await Promise.all([
      outcomes(vouchers.map((voucher) => answerOf(claim(voucher, one)))),
      outcomes(vouchers.toReversed().map((voucher) => answerOf(claim(voucher, two)))),
    ]);
    for (const answers of [first, second]) expect(answers['given']).toBe(1);
    expect(await shop.count('vouchers', `batch_id = $1 AND status = 'issued'`, vouchers[0]!.batchId)).toBe(8);
    const [left] = await Promise.all(vouchers.map(statusOf)).then((all) =>
      vouchers.filter((_, n) => all[n] === 'issued'),
    );
    expect(await answerOf(claim(left!, one))).toBe('one-each');
    expect(await statusOf(left!)).toBe('issued');
    expect(await answerOf(claim(left!, await shop.buyer()))).toBe('given');
    // Their own they find again, and another batch is another.
    const own = await shop.row('vouchers', 'batch_id = $1 AND claimed_by = $2', left!.batchId, one);
    expect(await answerOf(claim({ id: own['id'] }, one))).toBe('given');
    expect(await answerOf(claim(await makeOne({ oncePerPerson: true }), one))).toBe('given');
    await expect(
      shop.pool.query(
        `UPDATE vouchers SET status = 'claimed', claimed_by = $2, claimed_at = now()
        WHERE id = (SELECT id FROM vouchers WHERE batch_id = $1 AND status = 'issued' LIMIT 1)`,
        [left!.batchId, one],
      ),
    ).rejects.toThrow('vouchers_one_each');
    const listed = (await createVoucherBatches(shop.pool).list()).find(({ batchId }) => batchId === left!.batchId);
    expect(listed).toMatchObject({ partner: 'the shop next door', oncePerPerson: true, issued: 7, claimed: 3 });
  });
});

describe('the owner’s batches', () => {
  it('say what became of their vouchers; only what nobody has claimed is revoked, and none can be removed', async () => {
    const batches = createVoucherBatches(shop.pool);
    const [first] = await make(5, { until: new Date('2027-01-01T00:00:00Z') });
    await claimed(first!, await shop.buyer(), NL, new Date('2026-12-01T00:00:00Z'));
    const batchId = first!.batchId!;
    const ofBatch = async () => (await batches.list()).find((one) => one.batchId === batchId);
    expect(await ofBatch()).toMatchObject({ planCode: 'month', issued: 4, claimed: 1, revoked: 0 });
    expect(await batches.revoke({ batchId })).toBe(4);
    expect(await batches.revoke({ batchId })).toBe(0);
    expect(await ofBatch()).toMatchObject({ issued: 0, claimed: 1, revoked: 4 });
    await expect(shop.pool.query('DELETE FROM vouchers')).rejects.toThrow('never changed or removed');
    const unknown = { batchId: randomUUID(), planCode: 'xx', vouchers: freshVouchers(1), claimableUntil: null };
    expect(await batches.add({ ...unknown, note: null, madeBy: 'operator:test' })).toBeUndefined();
    expect(await batches.of(unknown.batchId)).toEqual([]);
  });
});
