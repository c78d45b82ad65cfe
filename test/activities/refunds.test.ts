/**
 * Refunds as YooKassa hears of them: receipts, keys that it has forgotten, and parts that somebody gave back outside.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HOUR_MS } from '../../src/domain/duration';
import { askForRefund, type AskForRefundDeps } from '../../src/activities/refunds/ask';
import { providersOf } from '../../src/providers/registry';
import type { YooKassaOptions } from '../../src/providers/yookassa';
import { createInstallation } from '../../src/storage/postgres/installation';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { yooKassaAt } from '../providers/aProvider';
import { setFaults } from '../support/buyer';
import { PRICE, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const control = (method: string, path: string, body: object) =>
  fetch(`${harness.yookassaUrl}/_sim/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
afterEach(() => control('PUT', 'clock', { offsetMs: 0 }));

function deps({ now = () => new Date(), receipts }: Partial<YooKassaOptions> = {}): AskForRefundDeps {
  const yookassa = yooKassaAt(harness.yookassaUrl, { secretKey: 'test_secret_of_the_shop', receipts, now });
  return {
    providers: providersOf([yookassa]),
    installation: createInstallation(harness.pool),
    payments: harness.payments,
    users: createUsersRepository(harness.pool),
    now,
  };
}

/** A delivered purchase of which so much is to go back. */
async function planned(kopecks: number | null) {
  const { id } = await harness.paid(await harness.buyer());
  await harness.run('deliverSubscription', { paymentId: id });
  const plan = await harness.payments.planRefund(
    id,
    { requestId: randomUUID(), kopecks, reason: 'operator-refund', askedBy: 'operator:1' },
    PRICE,
    new Date(),
  );
  if (plan.outcome !== 'planned') throw new Error(plan.reason);
  return { payment: await harness.reload(id), attempt: { paymentId: id, attempt: plan.attempt } };
}

describe('a refund', () => {
  it('of a shop that makes receipts says what goes back, to the kopeck, also of a part', async () => {
    const { payment, attempt } = await planned(9_950);
    await createUsersRepository(harness.pool).setReceiptContact(payment.userId, { email: 'ann@example.com' });
    expect(
      await askForRefund(
        deps({ receipts: { fallbackEmail: 'receipts@shop.example.com', vatCode: 4, accepted: 'email' } }),
        attempt,
      ),
    ).toMatchObject({ verdict: { status: 'succeeded' } });
    const { rows } = await harness.pool.query(
      `SELECT body FROM provider_requests WHERE payment_id = $1 AND operation = 'create-refund'`,
      [payment.id],
    );
    expect(rows[0].body).toMatchObject({
      amount: { value: '99.50', currency: 'RUB' },
      receipt: {
        customer: { email: 'ann@example.com' },
        items: [
          {
            quantity: '1.00',
            amount: { value: '99.50', currency: 'RUB' },
            vat_code: 4,
            payment_subject: 'service',
            payment_mode: 'full_payment',
          },
        ],
      },
    });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toMatchObject([
      { status: 'succeeded', amount: { value: '99.50' } },
    ]);
  });

  it('of a part, answered 500 after it was made, and taken up a day later when the key is forgotten: found, not made again', async () => {
    const { payment, attempt } = await planned(10_000);
    await setFaults(harness.yookassaUrl, { error500: { when: 'after', times: 1, method: 'POST' } });
    await expect(askForRefund(deps(), attempt)).rejects.toThrow('500');
    await control('PUT', 'clock', { offsetMs: 25 * HOUR_MS });
    expect(await askForRefund(deps({ now: () => new Date(Date.now() + 25 * HOUR_MS) }), attempt)).toMatchObject({
      verdict: { status: 'succeeded' },
    });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toHaveLength(1);
  });

  it('that never got through is made under its old key after all', async () => {
    const { payment, attempt } = await planned(10_000);
    await setFaults(harness.yookassaUrl, { error500: { when: 'before', times: 1, method: 'POST' } });
    await expect(askForRefund(deps(), attempt)).rejects.toThrow('500');
    await control('PUT', 'clock', { offsetMs: 25 * HOUR_MS });
    await askForRefund(deps({ now: () => new Date(Date.now() + 25 * HOUR_MS) }), attempt);
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toHaveLength(1);
    expect(
      (
        await harness.pool.query(
          `SELECT 1 FROM provider_requests WHERE payment_id = $1 AND operation = 'create-refund'`,
          [payment.id],
        )
      ).rowCount,
    ).toBe(1);
  });

  it('of all, when a part has gone back in the cabinet a moment ago: the rest follows, the sum is the price', async () => {
    const { payment, attempt } = await planned(null);
    expect((await control('POST', 'refunds', { paymentId: payment.providerRef, amount: '100.00' })).ok).toBe(true);
    expect(await askForRefund(deps(), attempt)).toMatchObject({ attempt: 3, verdict: { status: 'succeeded' } });
    const made = await harness.refundsAtYooKassa(payment.providerRef!);
    expect(made.map(({ amount }) => amount.value).toSorted()).toEqual(['100.00', '199.00']);
  });

  it('of the rest, whose answer was lost: it is found through the attempt that it replaced, and made once', async () => {
    const { payment, attempt } = await planned(null);
    expect((await control('POST', 'refunds', { paymentId: payment.providerRef, amount: '100.00' })).ok).toBe(true);
    await askForRefund(deps(), attempt);
    expect(await askForRefund(deps(), attempt)).toMatchObject({ attempt: 3, verdict: { status: 'succeeded' } });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toHaveLength(2);
  });

  it('of all, when all has gone back in the cabinet a moment ago: that counts, nothing is asked for twice', async () => {
    const { payment, attempt } = await planned(null);
    for (const amount of ['100.00', '199.00'])
      expect((await control('POST', 'refunds', { paymentId: payment.providerRef, amount })).ok).toBe(true);
    expect(await askForRefund(deps(), attempt)).toMatchObject({ verdict: { status: 'succeeded' } });
    expect(await harness.reload(payment.id)).toMatchObject({ status: 'refunded' });
    expect(await harness.refundsAtYooKassa(payment.providerRef!)).toHaveLength(2);
  });
});
