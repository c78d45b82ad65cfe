/** Payments unknown to the YooKassa shop of the settings: made at another shop, or not known any more. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { paymentScreen } from '../../src/messages/screens/payment';
import { createSupportService } from '../../src/support/supportService';
import { examineAccountChange, examineMissingProviders } from '../../src/support/doctor/accountChange';
import { checkAccounts } from '../../src/worker/checkAccounts';
import { aProvider } from '../providers/aProvider';
import { OWNER, PRICE, useActivityHarness } from './activityHarness';

const SHOP = '100500';
const harness = useActivityHarness();

/** A payment with a link whose id means nothing to this shop. */
async function foreign({ shopId = SHOP, minutesAfterItsLife = 61 } = {}) {
  const { id } = await harness.open(await harness.buyer());
  await harness.payments.recordLink(id, {
    providerRef: randomUUID(),
    shopId,
    confirmationUrl: 'https://yoomoney.example/pay',
    payableUntil: new Date(Date.now() - minutesAfterItsLife * 60_000),
  });
  return harness.reload(id);
}
const asked = async (id: string) => harness.run('checkPayment', { paymentId: id });

describe('a payment that YooKassa does not know', () => {
  it('lives on while it could still be paid, and for a while after', async () => {
    for (const minutesAfterItsLife of [-30, 30])
      expect(await asked((await foreign({ minutesAfterItsLife })).id)).toEqual({ status: 'pending' });
  });

  it('needs an operator once its lifetime is over; where it was made at another shop, the message says so', async () => {
    expect(await asked((await foreign()).id)).toEqual({ status: 'unknown', reason: 'unknown-to-provider' });
    const elsewhere = await foreign({ shopId: '999' });
    expect(await asked(elsewhere.id)).toEqual({ status: 'unknown', reason: 'another-account' });
    expect(await harness.run('guardPayment', { paymentId: elsewhere.id })).toMatchObject({ status: 'unknown' });
  });

  it('can only be retried or closed; once closed, the same plan can be ordered again', async () => {
    const buyer = await harness.buyer();
    const { id } = await harness.open(buyer);
    await harness.pool.query(`UPDATE payments SET status = 'guarding', reason = 'unknown-to-provider' WHERE id = $1`, [
      id,
    ]);
    const support = createSupportService({
      pool: harness.pool,
      temporal: undefined,
      paymentWorkflows: undefined,
      refundWorkflows: undefined,
    });
    expect(await support.options(await harness.reload(id))).toEqual(['retry', 'close']);
    const shown = async () =>
      paymentScreen({ payment: await harness.reload(id), language: 'en', timeZone: 'UTC', now: new Date() }).text;
    expect(await shown()).toContain('The payment cannot be found');
    // Nobody waits for the owner's decision: from here on the same plan can be ordered again.
    expect((await harness.open(buyer)).id).not.toBe(id);
    await harness.run('recordStatus', { paymentId: id, status: 'canceled', reason: 'unknown-to-provider' });
    expect(await shown()).toContain('The order is closed');
    expect(await shown()).not.toContain('received no money');
  });

  it('paid after all, when the shop is the old one again: it is delivered, or refunded if they have bought another', async () => {
    const [waiting, impatient] = [await harness.buyer(), await harness.buyer()];
    for (const buyer of [waiting, impatient]) {
      const { id } = await harness.open(buyer);
      await harness.run('createPayment', { paymentId: id });
      await harness.run('recordStatus', { paymentId: id, status: 'guarding', reason: 'unknown-to-provider' });
      if (buyer === impatient) await harness.paid(buyer);
      await harness.payAtYooKassa(id);
      expect(await harness.run('recordPaid', { paymentId: id })).toMatchObject(
        buyer === waiting ? { decision: 'issue' } : { decision: 'refund', reason: 'replaced' },
      );
    }
  });
});

describe('a change of the shop', () => {
  it('is said by doctor, in the worker’s log and to the owner, once a day, where payments of the old one are unfinished', async () => {
    expect((await foreign({ shopId: '777' })).providerAccount).toBe('777');
    const doctor = async (shopId: string) =>
      (await examineAccountChange(harness.payments, { ...aProvider(), account: shopId })).map(
        ({ verdict, what }) => `${verdict}: ${what}`,
      );
    expect(await doctor(SHOP)).toContainEqual(expect.stringMatching(/^warning: .* account 777: 1; it is 100500 now/));
    expect(await doctor('777')).not.toContainEqual(expect.stringContaining('account 777:'));
    const logged: object[] = [];
    const startAt = (at: string) =>
      checkAccounts({ ...harness.dependencies, now: () => new Date(at) }, {
        warn: (about: object) => void logged.push(about),
      } as never);
    for (const at of ['2026-12-05T09:00:00Z', '2026-12-05T18:00:00Z']) await startAt(at);
    expect(logged).toContainEqual({
      provider: 'yookassa',
      account: SHOP,
      otherAccount: '777',
      unfinished: 1,
    });
    const owner = createTelegramUser(harness.telegramUrl, OWNER);
    const told = async () =>
      (await owner.chat()).messages.filter(({ text }) => text?.includes('made at the account 777: 1')).length;
    expect(await told()).toBe(1);
    // Changed back and again, it is news.
    await startAt('2026-12-20T09:00:00Z');
    expect(await told()).toBe(2);
  });

  it('to none is said, too: orders of a provider that is not set up any more', async () => {
    const { id } = await harness.open(await harness.buyer());
    await harness.pool.query(`UPDATE payments SET provider = 'removed' WHERE id = $1`, [id]);
    expect(await examineMissingProviders(harness.payments, ['yookassa'])).toMatchObject([
      { verdict: 'warning', what: expect.stringContaining('removed is not set up') },
    ]);
    expect(await examineMissingProviders(harness.payments, ['yookassa', 'removed'])).toEqual([]);
    const logged: object[] = [];
    for (const at of ['2027-01-05T09:00:00Z', '2027-01-05T18:00:00Z'])
      await checkAccounts({ ...harness.dependencies, now: () => new Date(at) }, {
        warn: (about: object) => void logged.push(about),
      } as never);
    expect(logged).toContainEqual({ provider: 'removed', unfinished: 1 });
    const { messages } = await createTelegramUser(harness.telegramUrl, OWNER).chat();
    expect(messages.filter(({ text }) => text?.includes('removed is not set up'))).toHaveLength(1);
  });

  it('with a refund of the old one on its way is said, too', async () => {
    const { id } = await harness.paid(await harness.buyer());
    await harness.run('deliverSubscription', { paymentId: id });
    await harness.pool.query(`UPDATE payments SET provider_account = '778' WHERE id = $1`, [id]);
    const others = () => harness.payments.unfinishedAtOtherAccounts({ provider: 'yookassa', account: SHOP });
    expect(await others()).not.toContainEqual(expect.objectContaining({ account: '778' }));
    const request = { requestId: id, kopecks: 100, askedBy: 'operator:1', reason: 'operator-refund' };
    await harness.run('planRefund', { paymentId: id, request, paidKopecks: PRICE });
    expect(await others()).toContainEqual({ account: '778', count: 1 });
  });

  it('and a link that is made is recorded with its shop', async () => {
    const { id } = await harness.open(await harness.buyer());
    await harness.run('createPayment', { paymentId: id });
    expect((await harness.reload(id)).providerAccount).toBe(SHOP);
  });

  it('leaves refunds of the old shop to a person: nothing is asked of the new one', async () => {
    const { id } = await harness.paid(await harness.buyer());
    await harness.run('deliverSubscription', { paymentId: id });
    await harness.pool.query(`UPDATE payments SET provider_account = '777' WHERE id = $1`, [id]);
    const { paidKopecks } = await harness.run('compareRefunds', { paymentId: id });
    expect(paidKopecks).toBe(PRICE);
    const planned = await harness.run('planRefund', {
      paymentId: id,
      request: { requestId: id, kopecks: null, askedBy: 'operator:1', reason: 'operator-refund' },
      paidKopecks,
    });
    expect(planned).toEqual({ outcome: 'planned', attempt: 1 });
    expect(await harness.run('askForRefund', { paymentId: id, attempt: 1 })).toEqual({
      attempt: 1,
      verdict: { status: 'canceled', reason: 'another-account' },
    });
    expect(await harness.refundsAtYooKassa((await harness.reload(id)).providerRef!)).toEqual([]);
  });
});
