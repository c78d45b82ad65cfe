/**
 * Refunds on the built processes: a webhook that comes, and one that is lost, until the key is gone and both sides are
 * told.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { connectTemporal } from '../../src/clients/temporal';
import { createPool } from '../../src/storage/postgres/pool';
import { createBuyer, payAt, setFaults, type Buyer } from '../support/buyer';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
let stack: Stack;
let pool: Pool;
let nextId = 9_501;

beforeAll(async () => {
  stack = await startStack({ env: { PAYMENT_POLL_INTERVAL: '2s', BUYER_REFUND_WITHIN: '1h' } });
  pool = createPool(stack.databaseUrl, { onError: () => undefined });
}, LIMIT_MS);
afterAll(async () => {
  await pool?.end();
  await stack?.stop();
}, LIMIT_MS);

async function customer(): Promise<{ buyer: Buyer; providerRef: string }> {
  const buyer = createBuyer(stack.telegramUrl, nextId++);
  await buyer.start();
  const providerRef = await buyer.order();
  await payAt(stack.yookassaUrl, providerRef);
  await waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });
  return { buyer, providerRef };
}
const inCabinet = (paymentId: string) =>
  fetch(`${stack.yookassaUrl}/_sim/refunds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ paymentId }),
  });
const accountsOf = async (buyer: Buyer) =>
  (
    await Promise.all(
      stack.hiddifyUrls.map(
        async (url) => (await (await fetch(`${url}/_sim/users`)).json()) as { telegram_id: number }[],
      ),
    )
  )
    .flat()
    .filter(({ telegram_id }) => telegram_id === buyer.id);

/** The money is with the buyer, once; the key is gone from the panels and from their list; they have been told. */
async function expectGivenBack(buyer: Buyer, providerRef: string): Promise<void> {
  await waitUntil(
    async () =>
      (await pool.query(`SELECT 1 FROM payments WHERE provider_ref = $1 AND status = 'refunded'`, [providerRef]))
        .rowCount === 1,
    { what: 'the database says refunded' },
  );
  await waitUntil(async () => (await accountsOf(buyer)).length === 0, { what: 'the key is gone' });
  await buyer.waitFor('₽299 returned');
  const { refunded_amount } = (await (await fetch(`${stack.yookassaUrl}/_sim/payments/${providerRef}`)).json()) as {
    refunded_amount: { value: string };
  };
  expect(refunded_amount.value).toBe('299.00');
}

describe('money back after the delivery', () => {
  it(
    'by the buyer themselves, within the time the shop allows',
    async () => {
      const { buyer, providerRef } = await customer();
      await buyer.send('/subscriptions');
      await buyer.tap('Netherlands ·');
      await buyer.tap('Money back');
      await buyer.tap('Yes, return');
      await expectGivenBack(buyer, providerRef);
    },
    LIMIT_MS,
  );

  it(
    'made in the cabinet: the webhook takes the key away',
    async () => {
      const { buyer, providerRef } = await customer();
      expect((await inCabinet(providerRef)).ok).toBe(true);
      await expectGivenBack(buyer, providerRef);
      const outcomes = async () =>
        (
          await pool.query(
            `SELECT outcome FROM webhook_events WHERE event = 'refund.succeeded' AND body LIKE '%' || $1 || '%'`,
            [providerRef],
          )
        ).rows;
      // The bot records this after it has called the workflow, so it may come later than everything else.
      await waitUntil(async () => (await outcomes()).every(({ outcome }) => outcome !== null), {
        what: 'the outcome of the webhook is recorded',
      });
      expect(await outcomes()).toEqual([{ outcome: 'refund-noticed' }]);
    },
    LIMIT_MS,
  );

  it(
    'made in the cabinet with the webhook lost and the worker killed: reconciliation finds it',
    async () => {
      const { buyer, providerRef } = await customer();
      await setFaults(stack.yookassaUrl, { webhooksLost: true });
      await stack.kill('worker');
      expect((await inCabinet(providerRef)).ok).toBe(true);
      await stack.start('worker');
      const temporal = await connectTemporal({
        connection: { address: stack.env['TEMPORAL_ADDRESS']! },
        namespace: stack.namespace,
      });
      await temporal.client.schedule.getHandle('payment-reconciliation').trigger();
      await expectGivenBack(buyer, providerRef);
      await setFaults(stack.yookassaUrl, { webhooksLost: false });
      await temporal.close();
    },
    LIMIT_MS,
  );
});
