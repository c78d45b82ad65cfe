/**
 * The whole purchase on the built processes, a real Temporal dev server, PostgreSQL and Redis; parts are killed on the
 * way.
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
let nextId = 9_001;

beforeAll(async () => {
  stack = await startStack({ env: { PAYMENT_POLL_INTERVAL: '2s' } });
  pool = createPool(stack.databaseUrl, { onError: () => undefined });
}, LIMIT_MS);
afterAll(async () => {
  await pool?.end();
  await stack?.stop();
}, LIMIT_MS);

async function newBuyer(): Promise<Buyer> {
  const buyer = createBuyer(stack.telegramUrl, nextId++);
  await buyer.start();
  return buyer;
}

const keyArrives = (buyer: Buyer) =>
  waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });

/**
 * What the buyer ends with, in the database, at YooKassa and on the panels: one payment issued, one subscription, one
 * account, one charge.
 */
async function expectExactlyOne(buyer: Buyer, providerRef: string): Promise<void> {
  const { rows: payments } = await pool.query(
    'SELECT status, provider_ref, price_kopecks FROM payments WHERE user_id = $1',
    [buyer.id],
  );
  expect(payments).toEqual([{ status: 'issued', provider_ref: providerRef, price_kopecks: 29_900 }]);
  const { rows: subscriptions } = await pool.query(
    'SELECT panel_user_id, status FROM subscriptions WHERE user_id = $1',
    [buyer.id],
  );
  expect(subscriptions).toEqual([{ panel_user_id: expect.any(String), status: 'active' }]);
  const accounts = (
    await Promise.all(
      stack.hiddifyUrls.map(
        async (url) =>
          (await (await fetch(`${url}/_sim/users`)).json()) as {
            uuid: string;
            telegram_id: number;
            is_active: boolean;
          }[],
      ),
    )
  ).flat();
  expect(accounts.filter((account) => account.telegram_id === buyer.id)).toEqual([
    expect.objectContaining({ uuid: subscriptions[0].panel_user_id, is_active: true }),
  ]);
  expect(new Set(await buyer.keys()).size).toBe(1);
  expect((await buyer.keys())[0]).toContain(subscriptions[0].panel_user_id);
  const charges = (
    (await (await fetch(`${stack.yookassaUrl}/_sim/payments`)).json()) as { id: string; status: string }[]
  ).filter(({ id }) => id === providerRef);
  expect(charges).toEqual([expect.objectContaining({ status: 'succeeded' })]);
}

describe('a purchase', () => {
  it(
    'from /start to the key in the chat',
    async () => {
      const buyer = await newBuyer();
      const providerRef = await buyer.order();
      await payAt(stack.yookassaUrl, providerRef);
      await keyArrives(buyer);
      await expectExactlyOne(buyer, providerRef);
      await buyer.send('/subscriptions');
      await buyer.waitFor('Netherlands');
    },
    LIMIT_MS,
  );

  it(
    'with every webhook lost: the watch sees the money by itself',
    async () => {
      await setFaults(stack.yookassaUrl, { webhooksLost: true });
      const buyer = await newBuyer();
      const providerRef = await buyer.order();
      await payAt(stack.yookassaUrl, providerRef);
      await keyArrives(buyer);
      await setFaults(stack.yookassaUrl, { webhooksLost: false });
      await expectExactlyOne(buyer, providerRef);
    },
    LIMIT_MS,
  );

  it(
    'the worker is killed before the money comes and is away while it does',
    async () => {
      const buyer = await newBuyer();
      const providerRef = await buyer.order();
      await stack.kill('worker');
      await payAt(stack.yookassaUrl, providerRef);
      await stack.start('worker');
      await keyArrives(buyer);
      await expectExactlyOne(buyer, providerRef);
    },
    LIMIT_MS,
  );

  it(
    'the bot is killed in the middle of the dialog and again while the buyer pays',
    async () => {
      const buyer = await newBuyer();
      await buyer.send('/buy');
      await buyer.tap('Netherlands');
      await buyer.waitForButton('Choose for me');
      await stack.kill('bot');
      // Tapped while nobody is there: Telegram keeps it until the bot is back.
      await buyer.tap('Choose for me');
      await stack.start('bot');
      await buyer.tap('A month');
      await buyer.tap('✅ Pay');
      const providerRef = await waitUntil(
        async () =>
          (await pool.query('SELECT provider_ref FROM payments WHERE user_id = $1', [buyer.id])).rows[0]
            ?.provider_ref as string | undefined,
        { what: 'the link is made' },
      );
      await stack.kill('bot');
      await payAt(stack.yookassaUrl, providerRef!);
      await keyArrives(buyer);
      await stack.start('bot');
      await expectExactlyOne(buyer, providerRef!);
    },
    LIMIT_MS,
  );

  it(
    'YooKassa commits the creation and loses its answer twice: still one charge',
    async () => {
      await setFaults(stack.yookassaUrl, { error500: { mode: 'after', times: 2, method: 'POST', path: '/payments' } });
      const buyer = await newBuyer();
      const providerRef = await buyer.order();
      await payAt(stack.yookassaUrl, providerRef);
      await keyArrives(buyer);
      await expectExactlyOne(buyer, providerRef);
      const { rows } = await pool.query('SELECT id FROM payments WHERE user_id = $1', [buyer.id]);
      const all = (await (await fetch(`${stack.yookassaUrl}/_sim/payments`)).json()) as {
        metadata: { gigabridge_payment_id: string };
      }[];
      expect(all.filter(({ metadata }) => metadata.gigabridge_payment_id === rows[0].id)).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    'the panel is away: the buyer is told at once, and chooses their money back',
    async () => {
      for (const url of stack.hiddifyUrls) await setFaults(url, { down: true });
      const buyer = await newBuyer();
      const providerRef = await buyer.order();
      await payAt(stack.yookassaUrl, providerRef);
      await buyer.tap('Money back');
      await buyer.tap('Yes, return');
      await waitUntil(
        async () =>
          (await pool.query('SELECT status FROM payments WHERE user_id = $1', [buyer.id])).rows[0].status ===
          'refunded',
        { what: 'the money is back' },
      );
      const refunds = (await (await fetch(`${stack.yookassaUrl}/_sim/refunds`)).json()) as {
        payment_id: string;
        amount: { value: string };
      }[];
      expect(refunds.filter((refund) => refund.payment_id === providerRef)).toEqual([
        expect.objectContaining({ amount: { value: '299.00', currency: 'RUB' } }),
      ]);
      for (const url of stack.hiddifyUrls) await setFaults(url, { down: false });
      expect(await buyer.keys()).toEqual([]);
      // What may have been half-made on the panel is revoked as soon as it answers.
      await waitUntil(
        async () => (await pool.query('SELECT 1 FROM access_revocations WHERE confirmed_at IS NULL')).rowCount === 0,
        { what: 'access is revoked' },
      );
    },
    LIMIT_MS,
  );

  it(
    'no secret is in a log line or a workflow history',
    async () => {
      const { rows } = await pool.query('SELECT panel_api_key, panel_admin_url, panel_client_url FROM servers');
      const { rows: accounts } = await pool.query('SELECT panel_user_id FROM subscriptions');
      const secrets = [
        stack.env['BOT_TOKEN']!,
        stack.env['YOOKASSA_SECRET_KEY']!,
        ...rows.flatMap((row) => Object.values(row) as string[]),
        ...accounts.map((row) => row.panel_user_id as string),
      ];
      const temporal = await connectTemporal({
        connection: { address: stack.env['TEMPORAL_ADDRESS']! },
        namespace: stack.namespace,
      });
      let histories = '';
      for await (const workflow of temporal.client.workflow.list({ query: "WorkflowType = 'payment'" })) {
        const history = await temporal.client.workflow.getHandle(workflow.workflowId, workflow.runId).fetchHistory();
        histories += JSON.stringify(history, (_key, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
        );
      }
      await temporal.close();
      expect(histories).toContain('watchPayment');
      for (const secret of secrets) {
        expect(histories).not.toContain(secret);
        expect(stack.output('bot') + stack.output('worker')).not.toContain(secret);
      }
    },
    LIMIT_MS,
  );
});
