/** Receipts are followed until they are registered, and a failed one is told to the owner. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { start } from '../../simulators/yookassa/server';
import { DAY_MS } from '../../src/domain/duration';
import type { OwnersScreen } from '../../src/activities/ownerNotice';
import { createYooKassaClient, type YooKassaClient } from '../../src/gateways/yookassa/client';
import { buildPaymentRequest, buildRefundRequest } from '../../src/gateways/yookassa/requests';
import { createReceiptActivities } from '../../src/jobs/receipts/activities';
import { reportAnomalies } from '../../src/jobs/reconciliation/anomalies';
import type { ReconciliationDependencies } from '../../src/jobs/reconciliation/dependencies';
import { providersOf } from '../../src/providers/registry';
import { createReceiptsRepository } from '../../src/storage/postgres/receipts';
import { createReconciliationRepository } from '../../src/storage/postgres/reconciliation';
import { yooKassaAt } from '../providers/aProvider';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';
import { inActivity } from './fakes';

const shop = useShop();
let simulator: { url: string; close(): Promise<void> };
let yookassa: YooKassaClient;
const sim = async (method: string, path: string, body?: unknown): Promise<unknown> =>
  (
    await fetch(`${simulator.url}/_sim/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  ).json();

beforeAll(async () => {
  simulator = await start({ port: 0, host: '127.0.0.1' });
  yookassa = createYooKassaClient({ baseUrl: `${simulator.url}/v3`, shopId: '100500', secretKey: 'test_demo' });
});
afterAll(() => simulator?.close());
beforeEach(async () => {
  await sim('POST', 'reset');
  await shop.pool.query('TRUNCATE money_anomalies');
  await shop.pool.query('UPDATE payments SET receipt_registration = NULL');
});

const reconciliation = () => createReconciliationRepository(shop.pool);

function check(of: 'payments' | 'refunds' = 'payments', now = () => new Date()) {
  const { main } = createReceiptActivities({
    providers: providersOf([yooKassaAt(simulator.url)]),
    payments: shop.payments,
    receipts: createReceiptsRepository(shop.pool),
    reconciliation: reconciliation(),
    now,
  });
  return inActivity(() => main.checkReceipts({ of, after: null }));
}

const receipt = (amountKopecks: number) => ({
  customer: { email: 'ann@example.com' },
  items: [{ description: 'VPN', quantity: 1, amountKopecks, vatCode: 1 }],
});

/** A payment with a receipt, paid on both sides. */
async function paid(): Promise<{ id: string; providerRef: string }> {
  const { id } = await shop.open(await shop.buyer());
  const theirs = await yookassa.createPayment(
    buildPaymentRequest({
      amountKopecks: PRICE,
      description: 'VPN',
      returnUrl: 'https://t.me/',
      metadata: { payment_id: id },
      receipt: receipt(PRICE),
    }),
    randomUUID(),
  );
  await shop.payments.recordLink(id, {
    providerRef: theirs.id,
    confirmationUrl: null,
    payableUntil: new Date(),
    hasReceipt: true,
  });
  await sim('POST', `payments/${theirs.id}/pay`, {});
  await shop.recordPaid(id);
  return { id, providerRef: theirs.id };
}

const registration = async (table: string, where: string, id: string) =>
  (await shop.pool.query(`SELECT receipt_registration AS r FROM ${table} WHERE ${where} = $1`, [id])).rows[0].r;

describe('a receipt', () => {
  it('of an order that nobody has paid is not asked about', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.recordLink(id, {
      providerRef: randomUUID(),
      confirmationUrl: null,
      payableUntil: new Date(),
      hasReceipt: true,
    });
    expect(await check()).toMatchObject({ asked: 0 });
  });

  it('is asked about until it is registered; then never again', async () => {
    await sim('PUT', 'faults', { receiptsPending: true });
    const { id } = await paid();
    expect(await check()).toEqual({ asked: 1, registered: 0, failed: 0, late: 0, next: null });
    await sim('PUT', 'faults', { receiptsPending: false });
    expect(await check()).toMatchObject({ asked: 1, registered: 1 });
    expect(await registration('payments', 'id', id)).toBe('succeeded');
    expect(await check()).toMatchObject({ asked: 0 });
    expect((await shop.payments.events(id)).map(({ event }) => event)).toContain('receipt-registered');
  });

  it('of a provider that is not set up keeps nobody from asking about the others, and is late after a day', async () => {
    const removed = await paid();
    await shop.pool.query(`UPDATE payments SET provider = 'removed' WHERE id = $1`, [removed.id]);
    const { id } = await paid();
    expect(await check()).toMatchObject({ asked: 2, registered: 1, late: 0 });
    expect(await registration('payments', 'id', id)).toBe('succeeded');
    expect(await check('payments', () => new Date(Date.now() + DAY_MS + 1_000))).toMatchObject({ asked: 1, late: 1 });
  });

  it('that failed is told to the owner once, with what to do; the money stays what it is', async () => {
    await sim('PUT', 'faults', { receiptsCanceled: true });
    const { id, providerRef } = await paid();
    expect(await check()).toMatchObject({ asked: 1, failed: 1 });
    expect(await registration('payments', 'id', id)).toBe('canceled');
    expect(await shop.status(id)).toBe('paid');
    expect(await reconciliation().openAnomalies()).toMatchObject([
      { kind: 'receipt-failed', providerRef, paymentId: id, amount: { currency: 'RUB', minor: PRICE } },
    ]);
    const notices: string[] = [];
    const tell = () =>
      inActivity(() =>
        reportAnomalies({
          reconciliation: reconciliation(),
          tellOwners: async (_kind: string, _subject: string, screen: OwnersScreen) => {
            notices.push(screen('ru', 'Europe/Moscow').text);
            return { told: true };
          },
        } as unknown as ReconciliationDependencies),
      );
    await tell();
    await tell();
    expect(notices).toEqual([expect.stringMatching(/в чеке \(54-ФЗ\) отказано[^]*₽[^]*сделайте чек там/)]);
    expect(await check()).toMatchObject({ asked: 0 });
  });

  it('that takes longer than a day is told, too, and explains itself when it comes after all', async () => {
    await sim('PUT', 'faults', { receiptsPending: true });
    const { providerRef } = await paid();
    expect(await check('payments', () => new Date(Date.now() + 2 * DAY_MS))).toMatchObject({ late: 1 });
    expect(await reconciliation().openAnomalies()).toMatchObject([{ kind: 'receipt-late', providerRef }]);
    await sim('PUT', 'faults', { receiptsPending: false });
    expect(await check()).toMatchObject({ registered: 1 });
    expect(await reconciliation().openAnomalies()).toEqual([]);
  });

  it('of a refund is followed, too', async () => {
    const { id, providerRef } = await paid();
    await sim('PUT', 'faults', { receiptsCanceled: true });
    const theirs = await yookassa.createRefund(
      buildRefundRequest({ paymentId: providerRef, amountKopecks: 5_000, receipt: receipt(5_000) }),
      randomUUID(),
    );
    expect(theirs.receiptRegistration).toBe('canceled');
    await shop.pool.query(
      `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, provider, provider_ref, status, ended_at, receipt_registration)
       VALUES ($1, $2, 1, 5000, 'test', 'operator:1', 'yookassa', $3, 'succeeded', now(), 'pending')`,
      [randomUUID(), id, theirs.id],
    );
    expect(await check('refunds')).toMatchObject({ asked: 1, failed: 1 });
    expect(await registration('refunds', 'provider_ref', theirs.id)).toBe('canceled');
    expect(await reconciliation().openAnomalies()).toMatchObject([{ kind: 'receipt-failed', providerRef: theirs.id }]);
  });

  it('is asked about by the next run when YooKassa is away', async () => {
    await paid();
    await sim('PUT', 'faults', { down: true });
    await expect(check()).rejects.toThrow();
    await sim('PUT', 'faults', { down: false });
    expect(await check()).toMatchObject({ registered: 1 });
  });
});
