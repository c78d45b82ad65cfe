/** The steps of a payment beside its money: its path, its stored calls, its refund attempts, its timeline. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isFinal, mayBecome, PAYMENT_STATUSES } from '../../../src/domain/payment';
import { waitUntil } from '../../support/wait';
import { outcomes, times, useShop } from './shopDatabase';

const shop = useShop();
const setStatus = (id: string, status: string) =>
  shop.pool.query('UPDATE payments SET status = $2, reason = $3 WHERE id = $1', [id, status, `was-${status}`]);

describe('a step along its path', () => {
  it('is taken only where the path allows it: all hundred pairs', async () => {
    const { id } = await shop.open(await shop.buyer());
    for (const from of PAYMENT_STATUSES) {
      for (const to of PAYMENT_STATUSES) {
        await setStatus(id, from);
        expect([from, to, await shop.payments.transitionTo(id, to, 'why')]).toEqual([
          from,
          to,
          mayBecome(from, to) ? to : from,
        ]);
        const moved = mayBecome(from, to) && !(from === to && isFinal(to));
        expect([from, to, (await shop.payments.byId(id))!.reason]).toEqual([from, to, moved ? 'why' : `was-${from}`]);
      }
    }
  });

  it('to an end is dated, once: a repeat keeps the date and the reason', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.transitionTo(id, 'canceled', 'insufficient_funds');
    const first = await shop.payments.byId(id);
    expect(first).toMatchObject({ status: 'canceled', reason: 'insufficient_funds', endedAt: expect.any(Date) });
    expect(await shop.payments.transitionTo(id, 'canceled', 'another')).toBe('canceled');
    expect(await shop.payments.byId(id)).toEqual(first);
  });

  it('never leaves an end, not even for somebody who says they come from there', async () => {
    const { id } = await shop.open(await shop.buyer());
    for (const end of PAYMENT_STATUSES.filter(isFinal)) {
      for (const to of PAYMENT_STATUSES.filter((status) => !mayBecome(end, status))) {
        await setStatus(id, end);
        expect(await shop.payments.transitionTo(id, to, null, { onlyFrom: end })).toBe(end);
      }
    }
  });

  it('"only from there" leaves alone what has gone further meanwhile', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.recordLink(id, {
      providerRef: id,
      confirmationUrl: 'https://pay.example',
      payableUntil: new Date(),
    });
    expect(await shop.payments.transitionTo(id, 'canceled', 'provider-unavailable', { onlyFrom: 'created' })).toBe(
      'pending',
    );
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'pending', reason: null });
  });

  it('that has to wait for somebody else’s answers what is true afterwards, not what was before', async () => {
    const { id } = await shop.open(await shop.buyer());
    const other = await shop.pool.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE payments SET status = 'pending' WHERE id = $1`, [id]);
    const move = shop.payments.transitionTo(id, 'canceled', 'provider-unavailable', { onlyFrom: 'created' });
    await waitUntil(
      async () =>
        (
          await shop.pool.query(
            'SELECT 1 FROM pg_stat_activity WHERE wait_event_type = $1 AND datname = current_database()',
            ['Lock'],
          )
        ).rowCount,
      { what: 'the step waits' },
    );
    await other.query('COMMIT');
    other.release();
    expect(await move).toBe('pending');
  });

  it('of a payment nobody knows is an error', async () => {
    await expect(shop.payments.transitionTo(randomUUID(), 'canceled', null)).rejects.toThrow('does not exist');
  });
});

describe('the link', () => {
  const link = (id: string) => ({
    providerRef: `yk-${id}`,
    confirmationUrl: 'https://pay.example',
    payableUntil: new Date('2026-03-01T11:00:00Z'),
  });
  it('makes the payment pending, and recorded again changes nothing', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.recordLink(id, link(id));
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'pending', ...link(id) });
    await shop.payments.transitionTo(id, 'guarding', null);
    await shop.payments.recordLink(id, link(id));
    expect(await shop.status(id)).toBe('guarding');
    expect(await shop.payments.byProviderRef('yookassa', `yk-${id}`)).toMatchObject({ id });
    expect(await shop.payments.byProviderRef('cryptopay', `yk-${id}`)).toBeUndefined();
  });
  it('that comes after the payment was given up does not open it again', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.transitionTo(id, 'canceled', 'provider-unavailable');
    await shop.payments.recordLink(id, link(id));
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'canceled', providerRef: `yk-${id}` });
  });
  it('of YooKassa’s one payment can belong to one of ours only', async () => {
    const [one, two] = [await shop.open(await shop.buyer()), await shop.open(await shop.buyer())];
    await shop.payments.recordLink(one.id, link('shared'));
    await expect(shop.payments.recordLink(two.id, link('shared'))).rejects.toThrow();
    expect(await shop.payments.byId(two.id)).toMatchObject({ status: 'created', providerRef: null });
  });
});

describe('"cancel"', () => {
  it('is remembered from its first press while the link can be paid, and means nothing later', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.dismiss(id);
    const { dismissedAt } = (await shop.payments.byId(id))!;
    expect(dismissedAt).toEqual(expect.any(Date));
    await shop.payments.dismiss(id);
    expect((await shop.payments.byId(id))!.dismissedAt).toEqual(dismissedAt);
    const paid = await shop.paid(await shop.buyer());
    await shop.payments.dismiss(paid.id);
    expect((await shop.payments.byId(paid.id))!.dismissedAt).toBeNull();
  });
});

describe('a call that could move money', () => {
  it('is stored before it is sent: a repeat gets the first body back, whatever it would send now', async () => {
    const { id } = await shop.open(await shop.buyer());
    const body = {
      amount: { value: '199.00', currency: 'RUB' },
      description: 'VPN "Месяц" \\ 🏳️',
      metadata: { payment_id: id },
    };
    const first = await shop.payments.storeRequest(`payment-${id}.create`, id, 'create-payment', body);
    expect(first).toEqual({ body, firstSentAt: expect.any(Date) });
    expect(
      await shop.payments.storeRequest(`payment-${id}.create`, id, 'create-payment', { amount: 'another' }),
    ).toEqual(first);
    // The bytes count: YooKassa compares what comes under a key.
    const again = await shop.payments.storeRequest(`payment-${id}.create`, id, 'create-payment', body);
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
  });

  it('prepared by ten workers at once is one call with one body', async () => {
    const { id } = await shop.open(await shop.buyer());
    const all = await Promise.all(
      times(10, (n) => shop.payments.storeRequest(`payment-${id}.create`, id, 'create-payment', { n })),
    );
    expect(new Set(all.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(all.map(({ firstSentAt }) => firstSentAt.getTime())).size).toBe(1);
    expect(await shop.count('provider_requests', 'payment_id = $1', id)).toBe(1);
  });

  it('under a key that YooKassa would refuse is not stored', async () => {
    const { id } = await shop.open(await shop.buyer());
    for (const key of ['', 'a b', 'x'.repeat(65), 'ключ'])
      await expect(shop.payments.storeRequest(key, id, 'create-payment', {})).rejects.toThrow();
  });
});

describe('attempts at a refund', () => {
  const refunding = async () => {
    const { id } = await shop.paid(await shop.buyer());
    await shop.payments.planUndeliveredRefund(id, { reason: 'test', askedBy: 'buyer' });
    return id;
  };

  it('a final word is kept: a late "pending" or "canceled" does not undo a refund that went through', async () => {
    const id = await refunding();
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: `r-${id}`, status: 'pending' });
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: `r-${id}`, status: 'succeeded' });
    const row = await shop.row('refunds', 'payment_id = $1', id);
    expect(row).toMatchObject({ status: 'succeeded', ended_at: expect.any(Date) });
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: null, status: 'pending' });
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: 'other', status: 'canceled' });
    expect(await shop.row('refunds', 'payment_id = $1', id)).toEqual(row);
  });

  it('a new one is made only after one that was refused for good, once, for the same amount', async () => {
    const id = await refunding();
    const replace = (askedBy: string) => shop.payments.refunds.replace(id, 1, { askedBy });
    for (const status of ['planned', 'pending', 'succeeded']) {
      await shop.pool.query('UPDATE refunds SET status = $2 WHERE payment_id = $1', [id, status]);
      await expect(replace('operator:1')).rejects.toThrow('was not canceled');
    }
    expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(1);
    await shop.pool.query(`UPDATE refunds SET status = 'canceled' WHERE payment_id = $1`, [id]);
    expect(await outcomes(times(5, (n) => replace(`operator:${n}`)))).toEqual({ 2: 5 });
    expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(2);
    expect(await shop.payments.refunds.newest(id)).toMatchObject({
      attempt: 2,
      amountKopecks: 19_900,
      status: 'planned',
      askedBy: expect.stringMatching(/^operator:\d$/),
    });
  });

  it('the one in place of another is found again, whatever was planned since', async () => {
    const id = await refunding();
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: null, status: 'canceled' });
    expect(await shop.payments.refunds.replace(id, 1, { askedBy: 'operator:1', amountKopecks: 5_000 })).toBe(2);
    await shop.payments.recordLink(id, { providerRef: `own-${id}`, confirmationUrl: null, payableUntil: new Date() });
    const stray = await shop.payments.planStrayRefund(id, { providerRef: `stray-${id}`, leftKopecks: 19_900 });
    expect(stray).toEqual({ outcome: 'planned', attempt: 3 });
    expect(await shop.payments.refunds.replace(id, 1, { askedBy: 'operator:1' })).toBe(2);
    expect(await shop.payments.refunds.replacementOf(id, 1)).toMatchObject({ attempt: 2, amountKopecks: 5_000 });
    expect(await shop.payments.planUndeliveredRefund(id, { reason: 'again', askedBy: 'deadline' })).toEqual({
      outcome: 'planned',
      attempt: 2,
    });
  });

  it('one that an operator has closed is not replaced', async () => {
    const id = await refunding();
    await shop.payments.refunds.recordAnswer(id, 1, { providerRef: null, status: 'canceled' });
    await shop.payments.refunds.complete(id, 1, true);
    expect(await shop.payments.byId(id)).toMatchObject({ status: 'refunded', reason: 'refunded-by-other-means' });
    await expect(shop.payments.refunds.replace(id, 1, { askedBy: 'operator:1' })).rejects.toThrow('is completed');
    expect(await shop.count('refunds', 'payment_id = $1', id)).toBe(1);
  });

  it('there is none where no refund was planned', async () => {
    const { id } = await shop.paid(await shop.buyer());
    expect(await shop.payments.refunds.newest(id)).toBeUndefined();
    await expect(shop.payments.refunds.replace(id, 1, { askedBy: 'operator:1' })).rejects.toThrow('was not canceled');
    expect(await shop.payments.refunds.newest(id)).toBeUndefined();
  });
});

it('the events of a payment come in the order they happened', async () => {
  const { id } = await shop.issued(await shop.buyer());
  await shop.payments.recordEvent(id, 'operator:5', 'key-sent', { why: 'asked "why?"' });
  expect((await shop.payments.events(id)).map(({ actor, event }) => `${actor} ${event}`)).toEqual([
    'buyer confirmed',
    'workflow paid',
    'panel delivered',
    'operator:5 key-sent',
  ]);
});

it('a buyer’s payments come newest first, and the newest one of a subscription is found', async () => {
  const user = await shop.buyer();
  const first = await shop.issued(user);
  const renewal = await shop.issued(user, { renewsSubscriptionId: first.subscriptionId });
  expect((await shop.payments.ofUser(user, 10)).map(({ id }) => id)).toEqual([renewal.id, first.id]);
  expect((await shop.payments.ofUser(user, 1)).map(({ id }) => id)).toEqual([renewal.id]);
  expect((await shop.payments.ofSubscription(first.subscriptionId))!.id).toBe(renewal.id);
  expect(await shop.payments.byId(randomUUID())).toBeUndefined();
});
