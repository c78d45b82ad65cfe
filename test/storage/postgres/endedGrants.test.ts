/** A free grant whose panel is gone for good before it made it: nothing that was given is lost, and the book says so. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from '@jest/globals';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { createFreeGrantsRepository } from '../../../src/storage/postgres/freeGrants';
import { offerOf } from '../../../src/storage/postgres/promo/offers';
import { createReferralsRepository } from '../../../src/storage/postgres/referrals';
import { createVouchersRepository } from '../../../src/storage/postgres/vouchers';
import { compareVouchers } from '../../../src/support/audit/vouchers';
import { waitUntil } from '../../support/wait';
import { bookDifferences } from './books';
import { promoCode, usesOf } from './promos';
import { days, freshIds, useShop } from './shopDatabase';
import { offerTrial, trialRequest } from './trials';
import { oneVoucher, voucherClaimed } from './vouchers';

const shop = useShop();
const grants = () => createFreeGrantsRepository(shop.pool);
const vouchers = () => createVouchersRepository(shop.pool);
const gone = (server: string) =>
  shop.pool.query('UPDATE servers SET gone_at = now(), active = false WHERE code = $1', [server]);
afterEach(() => shop.pool.query('UPDATE servers SET gone_at = NULL, active = true'));
const end = (id: string) => grants().end(id, new Date());
/** What the audit says of the books, with every voucher. */
async function isAudited(subscriptionId: string): Promise<void> {
  expect(await bookDifferences(shop.pool, subscriptionId)).toEqual([]);
  expect(compareVouchers(await createAuditRepository(shop.pool).vouchers(new Date(0)))).toEqual([]);
}

it('a trial can be asked for again, and counts neither for its person nor for the day', async () => {
  await offerTrial(shop.pool, 1);
  const userId = await shop.buyer();
  const first = trialRequest(userId);
  expect(await grants().giveTrial(first, new Date())).toMatchObject({ outcome: 'given', isNew: true });
  expect(await end(first.id)).toBe('panel-back');
  await gone('nl-1');
  expect(await end(first.id)).toBe('panel-gone');
  expect(await end(first.id)).toBe('panel-gone');
  expect(await shop.row('free_grants', 'id = $1', first.id)).toMatchObject({ status: 'revoked', reason: 'panel-gone' });
  expect((await shop.subscriptions.byId(first.subscriptionId))!.status).toBe('revoked');
  expect(await shop.count('access_revocations', 'server_code = $1', 'nl-1')).toBe(1);
  await isAudited(first.subscriptionId);

  expect(await grants().trialOfferFor(userId)).toMatchObject({ days: 3 });
  expect(await grants().trialOf(userId)).toBeUndefined();
  const second = trialRequest(userId, { locationCode: 'fi' });
  expect(await grants().giveTrial(second, new Date())).toMatchObject({ outcome: 'given', id: second.id, isNew: true });
  expect(await grants().trialOfferFor(userId)).toBeUndefined();
  expect(await grants().giveTrial(trialRequest(userId), new Date())).toMatchObject({ id: second.id, isNew: false });
  // One a day: the one that was given back is none.
  expect(await grants().giveTrial(trialRequest(await shop.buyer()), new Date())).toMatchObject({ why: 'spent' });
});

it('a voucher for a new key, or for days of one that is there, can be claimed again, also past its time', async () => {
  for (const isNew of [true, false]) {
    const userId = await shop.buyer();
    const until = new Date(Date.now() + 3_600_000);
    const { id: voucherId } = await oneVoucher(shop.pool, { until });
    const own = isNew ? undefined : await shop.issued(userId);
    const ends = own && (await shop.subscriptions.byId(own.subscriptionId))!.expiresAt;
    const place = own ? { subscriptionId: own.subscriptionId } : { locationCode: 'nl' };
    const { id, subscriptionId } = await voucherClaimed(shop.pool, voucherId, userId, place);
    expect(own?.subscriptionId ?? subscriptionId).toBe(subscriptionId);
    await gone('nl-1');
    expect(await end(id)).toBe('panel-gone');
    expect(await shop.subscriptions.byId(subscriptionId)).toMatchObject(
      own ? { status: 'active', expiresAt: ends } : { status: 'revoked' },
    );
    expect(await shop.row('vouchers', 'id = $1', voucherId)).toMatchObject({ status: 'issued', claimed_by: null });
    await isAudited(subscriptionId);
    const later = new Date(until.getTime() + days(7));
    const elsewhere = { place: { locationCode: 'de' }, terms: null, askedAt: later };
    const again = { id: randomUUID(), ...freshIds(), voucherId, userId, ...elsewhere };
    expect(await vouchers().claim(again, later)).toMatchObject({ outcome: 'given', id: again.id });
    const { rowCount } = await shop.pool.query('SELECT FROM vouchers WHERE id = $1 AND claimed_by = $2', [
      voucherId,
      userId,
    ]);
    expect(rowCount).toBe(1);
    await isAudited(again.subscriptionId);
    await shop.pool.query('UPDATE servers SET gone_at = NULL, active = true');
  }
});

it('a promo code’s use goes back: the code gives the same once more, and still only once', async () => {
  const { userId, subscriptionId } = await shop.issued(await shop.buyer());
  const other = await shop.issued(userId, { locationCode: 'de', serverCode: 'de-1' });
  const { code } = await promoCode(shop.pool, { kind: 'days-alone', amount: 7, usesTotal: 1 });
  const wanted = async (renewsSubscriptionId: string) => ({
    ...{
      source: (await offerOf(shop.pool, userId, code))!.freeUseId,
      userId,
      code,
      planCode: null,
      locationCode: 'nl',
    },
    ...{ serverCode: null, renewsSubscriptionId, grant: { days: 7, trafficGb: 0 }, ...freshIds(), askedAt: new Date() },
  });
  const ends = (await shop.subscriptions.byId(subscriptionId))!.expiresAt;
  const first = await wanted(subscriptionId);
  expect(await grants().givePromo(first, new Date())).toMatchObject({ outcome: 'given' });
  await gone('nl-1');
  expect(await end(first.source)).toBe('panel-gone');
  expect(await usesOf(shop.pool, code)).toEqual({ returned: 1 });
  expect((await shop.subscriptions.byId(subscriptionId))!.expiresAt).toEqual(ends);
  await isAudited(subscriptionId);
  // What was asked for before gives nothing any more.
  expect(await grants().givePromo(first, new Date())).toMatchObject({ outcome: 'refused' });
  const second = await wanted(other.subscriptionId);
  expect(await grants().givePromo(second, new Date())).toMatchObject({ outcome: 'given', isNew: true });
  expect(await grants().givePromo(second, new Date())).toMatchObject({ outcome: 'given', isNew: false });
  expect(await usesOf(shop.pool, code)).toEqual({ returned: 1, used: 1 });
  await isAudited(other.subscriptionId);
});

it('a reward waits again, and is given to a key that works, or as a voucher', async () => {
  const referrals = createReferralsRepository(shop.pool);
  const [referrer, friend] = [await shop.buyer(), await shop.buyer()];
  const own = await shop.issued(referrer);
  const bought = await shop.issued(friend, { locationCode: 'de', serverCode: 'de-1' });
  const id = randomUUID();
  await shop.pool.query(
    `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at)
     VALUES ($1, $2, $3, 'referrer', $4, 7, now(), now())`,
    [id, bought.id, friend, referrer],
  );
  const grantId = randomUUID();
  expect(await referrals.give({ id, grantId }, new Date(Date.now() + 1_000))).toMatchObject({ outcome: 'given' });
  await gone('nl-1');
  expect(await end(grantId)).toBe('panel-gone');
  expect(await shop.row('referral_rewards', 'id = $1', id)).toMatchObject({ status: 'waiting', grant_id: null });
  await isAudited(own.subscriptionId);
  expect(await referrals.give({ id, grantId: randomUUID() }, new Date(Date.now() + 1_000))).toMatchObject({
    why: 'voucher',
  });
});

it('a reward’s voucher stays with nobody when the purchase is refunded at the moment at which its grant ends', async () => {
  const referrals = createReferralsRepository(shop.pool);
  const [referrer, friend, claimer] = [await shop.buyer(), await shop.buyer(), await shop.buyer()];
  const bought = await shop.issued(friend, { locationCode: 'de', serverCode: 'de-1' });
  const id = randomUUID();
  await shop.pool.query(
    `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, due_at)
     VALUES ($1, $2, $3, 'referrer', $4, 7, now(), now())`,
    [id, bought.id, friend, referrer],
  );
  const given = await referrals.give({ id, grantId: randomUUID() }, new Date(Date.now() + 1_000));
  expect(given).toMatchObject({ why: 'voucher' });
  const { voucher_id: voucherId } = await shop.row('referral_rewards', 'id = $1', id);
  const grant = await voucherClaimed(shop.pool, voucherId, claimer, { locationCode: 'nl' });
  await gone('nl-1');
  await shop.refund(bought.id);

  // The end has the voucher and waits for the grant; the refund comes meanwhile.
  const other = await shop.pool.connect();
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const waits = (count: number) =>
    waitUntil(async () => (await shop.pool.query(waiting)).rowCount === count, { what: `${count} wait` });
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM free_grants WHERE id = $1 FOR UPDATE', [grant.id]);
    const ended = end(grant.id);
    await waits(1);
    const revoked = referrals.revoke(id, new Date());
    await waits(2);
    await other.query('COMMIT');
    expect(await Promise.all([ended, revoked])).toEqual(['panel-gone', true]);
  } finally {
    other.release(true);
  }
  expect(await shop.row('referral_rewards', 'id = $1', id)).toMatchObject({ status: 'revoked', owed_days: 0 });
  expect(await shop.row('vouchers', 'id = $1', voucherId)).toMatchObject({ status: 'revoked' });
  await isAudited(grant.subscriptionId);
});

it('what was delivered, or revoked before, is left as it is', async () => {
  await offerTrial(shop.pool);
  const delivered = trialRequest(await shop.buyer());
  await grants().giveTrial(delivered, new Date());
  await grants().recordDelivered(delivered.id, (await grants().deliveryOf(delivered.id))!.subscription);
  const taken = trialRequest(await shop.buyer());
  await grants().giveTrial(taken, new Date());
  await shop.pool.query(`UPDATE free_grants SET status = 'revoked', reason = 'revoked' WHERE id = $1`, [taken.id]);
  await gone('nl-1');
  expect([await end(delivered.id), await end(taken.id)]).toEqual(['delivered', 'revoked']);
});
