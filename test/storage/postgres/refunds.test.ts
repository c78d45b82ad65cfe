/** Refunds in the database: what they revoke of the access, once, whoever asks at the same moment. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { days, outcomes, PRICE, times, useShop } from './shopDatabase';

const shop = useShop();
const ago = (count: number) => new Date(Date.now() - days(count));
const request = (kopecks: number | null = null, requestId = randomUUID()) => ({
  requestId,
  kopecks,
  reason: 'operator-refund',
  askedBy: 'operator:1',
});
const refund = (id: string, kopecks: number | null = null) =>
  shop.payments.planRefund(id, request(kopecks), PRICE, new Date());
const outside = (kopecks: number, providerRef: string = randomUUID()) =>
  ({ providerRef, kopecks, status: 'succeeded', attempt: undefined }) as const;
/** YooKassa has made the refund of an attempt. */
async function succeeds(id: string, attempt: number) {
  await shop.payments.refunds.recordAnswer(id, attempt, { providerRef: randomUUID(), status: 'succeeded' });
  return shop.payments.refunds.complete(id, attempt, false);
}
const subscription = async (id: string) => (await shop.subscriptions.byId(id))!;
/** Days from now, to the second. */
const daysAhead = async (id: string) =>
  Math.round(((await subscription(id)).expiresAt.getTime() - Date.now()) / 10_000) / 8_640;

/** A month bought so many days ago, and perhaps one more since. */
async function bought(daysAgo: number, renewedDaysAgo?: number) {
  const user = await shop.buyer();
  const first = await shop.issued(user, {}, ago(daysAgo));
  const renewal =
    renewedDaysAgo === undefined
      ? undefined
      : await shop.issued(user, { renewsSubscriptionId: first.subscriptionId }, ago(renewedDaysAgo));
  return { user, first, renewal: renewal!, id: first.subscriptionId };
}

describe('a whole refund', () => {
  it('of the only purchase revokes the subscription, on whatever day', async () => {
    const { first, id } = await bought(10);
    expect(await refund(first.id)).toEqual({ outcome: 'planned', attempt: 1 });
    expect((await subscription(id)).status).toBe('revoked');
    expect(await shop.payments.byId(first.id)).toMatchObject({
      status: 'refunding',
      endedAt: null,
      refundedKopecks: PRICE,
    });
    expect(await shop.revocations.unconfirmedOf(first.id)).toHaveLength(1);
  });

  it('of the first month on its 10th day leaves the renewal its whole month', async () => {
    const { first, id } = await bought(10, 1);
    expect(await daysAhead(id)).toBeCloseTo(50, 2);
    await refund(first.id);
    expect(await daysAhead(id)).toBeCloseTo(30, 2);
    expect(await subscription(id)).toMatchObject({ status: 'active', trafficGb: 100 });
  });

  it('of a first month that is used up, the renewal bought after a gap: nothing of the renewal goes', async () => {
    const user = await shop.buyer();
    const first = await shop.issued(user, {}, ago(45));
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [first.subscriptionId]);
    await shop.issued(user, { renewsSubscriptionId: first.subscriptionId }, ago(5));
    await refund(first.id);
    expect(await daysAhead(first.subscriptionId)).toBeCloseTo(25, 2);
  });

  it('of the renewal leaves what was paid before it, and of both nothing', async () => {
    const { first, renewal, id } = await bought(10, 1);
    await refund(renewal.id);
    expect(await daysAhead(id)).toBeCloseTo(20, 2);
    await refund(first.id);
    expect((await subscription(id)).status).toBe('revoked');
  });
});

describe('a part refund', () => {
  it('of half on the first day takes half; on the 25th it takes the five days that are left, and the subscription ends now', async () => {
    const early = await bought(0);
    await refund(early.first.id, PRICE / 2);
    expect(await daysAhead(early.id)).toBeCloseTo(15, 2);
    const late = await bought(25);
    await refund(late.first.id, PRICE / 2);
    expect(await daysAhead(late.id)).toBeCloseTo(0, 2);
    expect((await subscription(late.id)).status).toBe('expired');
    expect(await shop.status(late.first.id)).toBe('issued');
  });

  it('of half on the 25th day with a renewal behind it takes five days, none of the renewal’s', async () => {
    const { first, id } = await bought(25, 1);
    await refund(first.id, PRICE / 2);
    expect(await daysAhead(id)).toBeCloseTo(30, 2);
    expect((await subscription(id)).status).toBe('active');
  });

  it('in three parts ends as a whole one: all of the money, all of the access', async () => {
    const { first, id } = await bought(0);
    for (const kopecks of [6_633, 6_633, null]) expect((await refund(first.id, kopecks)).outcome).toBe('planned');
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'refunding', refundedKopecks: PRICE });
    expect((await subscription(id)).status).toBe('revoked');
    expect((await shop.row('refunds', `payment_id = $1 AND attempt = 3`, first.id))['amount_kopecks']).toBe(
      PRICE - 2 * 6_633,
    );
  });

  it('is followed by a renewal that counts from the shorter end', async () => {
    const { user, first, id } = await bought(0);
    await refund(first.id, PRICE / 2);
    await shop.issued(user, { renewsSubscriptionId: id });
    expect(await daysAhead(id)).toBeCloseTo(45, 2);
  });
});

describe('a refund that is completed', () => {
  it('ends the payment only when no other refund of it is open: a part and the rest, asked for together', async () => {
    const { first } = await bought(0);
    expect(await refund(first.id, 6_633)).toEqual({ outcome: 'planned', attempt: 1 });
    expect(await refund(first.id)).toEqual({ outcome: 'planned', attempt: 2 });
    await succeeds(first.id, 1);
    expect(await shop.status(first.id)).toBe('refunding');
    expect(await shop.payments.refunds.open(first.id)).toMatchObject({ attempt: 2, amountKopecks: PRICE - 6_633 });
    await succeeds(first.id, 2);
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'refunded', reason: 'operator-refund' });
  });

  it('of a part leaves the payment issued, and of money that bought nothing too', async () => {
    const { first } = await bought(0);
    await refund(first.id, 6_633);
    await succeeds(first.id, 1);
    expect(await shop.status(first.id)).toBe('issued');
    await shop.payments.recordLink(first.id, {
      providerRef: randomUUID(),
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    await shop.payments.planStrayRefund(first.id, { providerRef: randomUUID(), leftKopecks: PRICE });
    await refund(first.id);
    await succeeds(first.id, 2);
    expect(await shop.status(first.id)).toBe('refunding');
  });

  it('a part that ends after the cabinet has given back the rest: refunded, though nobody asked for all of it', async () => {
    const { first, id } = await bought(0);
    await refund(first.id, 6_633);
    await shop.payments.refunds.recordAnswer(first.id, 1, { providerRef: 'part', status: 'pending' });
    const shown = [
      { providerRef: 'part', kopecks: 6_633, status: 'pending', attempt: 1 } as const,
      outside(PRICE - 6_633),
    ];
    await shop.payments.recordShownRefunds(first.id, shown, PRICE, new Date());
    // Nothing of the money stays with the shop, and not all of it is back yet.
    expect([await shop.status(first.id), (await subscription(id)).status]).toEqual(['refunding', 'revoked']);
    await succeeds(first.id, 1);
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'refunded', refundedKopecks: PRICE });
  });

  it('the rest that ends before a part that the cabinet has under way: refunded only with that part', async () => {
    const { first } = await bought(0);
    await refund(first.id);
    const under = (status: 'pending' | 'succeeded') => ({ ...outside(6_633, `under-way-${first.id}`), status });
    const compare = async (status: 'pending' | 'succeeded') =>
      (await shop.payments.recordShownRefunds(first.id, [under(status)], PRICE, new Date())).status;
    expect(await compare('pending')).toBe('refunding');
    // YooKassa refused the whole sum: the rest is asked for instead.
    await shop.payments.refunds.recordAnswer(first.id, 1, { providerRef: null, status: 'canceled' });
    await shop.payments.refunds.replace(first.id, 1, { askedBy: 'workflow', amountKopecks: PRICE - 6_633 });
    expect(await succeeds(first.id, 2)).toEqual({ awaitsOutside: true });
    expect(await shop.status(first.id)).toBe('refunding');
    expect(await compare('pending')).toBe('refunding');
    expect(await shop.payments.refunds.open(first.id)).toBeUndefined();
    expect(await compare('succeeded')).toBe('refunded');
  });

  it('the cabinet’s part comes to nothing: the shop gives back what is missing, to the kopeck', async () => {
    const { first } = await bought(0);
    await refund(first.id);
    await shop.payments.refunds.recordAnswer(first.id, 1, { providerRef: null, status: 'canceled' });
    await shop.payments.refunds.replace(first.id, 1, { askedBy: 'workflow', amountKopecks: PRICE - 6_633 });
    await succeeds(first.id, 2);
    const canceled = { ...outside(6_633), status: 'canceled' } as const;
    for (let again = 0; again < 2; again += 1)
      await shop.payments.recordShownRefunds(first.id, [canceled], PRICE, new Date());
    expect(await shop.payments.refunds.open(first.id)).toMatchObject({ attempt: 3, amountKopecks: 6_633 });
    await succeeds(first.id, 3);
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'refunded', reason: 'operator-refund' });
  });

  it('by other means counts like any other: a part so, the rest by YooKassa', async () => {
    const { first } = await bought(0);
    await refund(first.id, 6_633);
    await refund(first.id);
    await shop.payments.refunds.recordAnswer(first.id, 1, { providerRef: null, status: 'canceled' });
    await shop.payments.refunds.complete(first.id, 1, true);
    expect(await shop.status(first.id)).toBe('refunding');
    await succeeds(first.id, 2);
    expect(await shop.status(first.id)).toBe('refunded');
  });
});

describe('at the same moment', () => {
  it('one request ten times is one refund; ten requests for everything are one refund too', async () => {
    const same = await bought(0);
    const one = request(5_000);
    expect(
      await outcomes(
        times(10, () => shop.payments.planRefund(same.first.id, one, PRICE, new Date()).then(({ outcome }) => outcome)),
      ),
    ).toEqual({ planned: 10 });
    expect(await shop.count('refunds', 'payment_id = $1', same.first.id)).toBe(1);
    const all = await bought(0);
    expect(await outcomes(times(10, () => refund(all.first.id).then(({ outcome }) => outcome)))).toEqual({
      planned: 1,
      refused: 9,
    });
    expect(await shop.count('refunds', 'payment_id = $1', all.first.id)).toBe(1);
  });

  it('ten requests for a third each are three: never more than was paid', async () => {
    const { first } = await bought(0);
    await Promise.all(times(10, () => refund(first.id, 6_600)));
    expect(
      (await shop.pool.query('SELECT sum(amount_kopecks) AS sum FROM refunds WHERE payment_id = $1', [first.id]))
        .rows[0].sum,
    ).toBeLessThanOrEqual(PRICE);
  });

  it('one of the cabinet’s, read ten times, is recorded once and takes its access once', async () => {
    const { first, id } = await bought(0);
    const made = outside(PRICE / 2);
    await Promise.all(times(10, () => shop.payments.recordShownRefunds(first.id, [made], PRICE, new Date())));
    expect(await shop.count('refunds', 'payment_id = $1', first.id)).toBe(1);
    expect(await daysAhead(id)).toBeCloseTo(15, 2);
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'issued', refundedKopecks: PRICE / 2 });
  });

  it('the panel’s word and a cabinet refund of everything: whichever is first, no access is left', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, subscriptionId } = await shop.paid(await shop.buyer());
      const [, compared] = await Promise.all([
        shop.deliver(id),
        shop.payments.recordShownRefunds(id, [outside(PRICE)], PRICE, new Date()),
      ]);
      expect(compared.status).toBe('refunded');
      expect([await shop.status(id), (await subscription(subscriptionId)).status]).toEqual(['refunded', 'revoked']);
      expect(await shop.revocations.unconfirmedOf(id)).toHaveLength(1);
    }
  });

  it('a request for everything and the cabinet giving it all back: it is back once, and nothing is asked for any more', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { first, id } = await bought(0);
      await Promise.all([
        refund(first.id),
        shop.payments.recordShownRefunds(first.id, [outside(PRICE)], PRICE, new Date()),
      ]);
      expect([await shop.status(first.id), (await subscription(id)).status]).toEqual(['refunded', 'revoked']);
      expect(await shop.count('refunds', `payment_id = $1 AND status IN ('planned', 'pending')`, first.id)).toBe(0);
      expect(await shop.payments.refunds.open(first.id)).toBeUndefined();
    }
  });

  it('a second payment for one order noticed ten times goes back once; what the order waits for does not', async () => {
    const { first } = await bought(0);
    await shop.payments.recordLink(first.id, {
      providerRef: randomUUID(),
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    const stray = { providerRef: randomUUID(), leftKopecks: PRICE };
    const planned = await Promise.all(times(10, () => shop.payments.planStrayRefund(first.id, stray)));
    expect(new Set(planned.map((plan) => JSON.stringify(plan)))).toEqual(
      new Set(['{"outcome":"planned","attempt":1}']),
    );
    expect(await shop.payments.byId(first.id)).toMatchObject({ status: 'issued', refundedKopecks: 0 });
    const waiting = await shop.open(await shop.buyer());
    const awaited = { providerRef: randomUUID(), leftKopecks: PRICE };
    await shop.payments.recordLink(waiting.id, {
      providerRef: awaited.providerRef,
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    expect(await shop.payments.planStrayRefund(waiting.id, awaited)).toEqual({ outcome: 'refused', reason: 'pending' });
  });
});
