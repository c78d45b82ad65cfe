/** Gifts on the built processes, two replicas of the worker, with parts of them killed between any two steps. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { DAY_MS } from '../../src/domain/duration';
import { createPool } from '../../src/storage/postgres/pool';
import { createBuyer, payAt, type Buyer } from '../support/buyer';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
const WORKERS = ['worker', 'worker-2'] as const;
let stack: Stack;
let pool: Pool;
let nextId = 9_801;

beforeAll(async () => {
  stack = await startStack({
    processes: [...WORKERS, 'bot'],
    env: { PAYMENT_POLL_INTERVAL: '2s', BUYER_REFUND_WITHIN: '1h' },
  });
  pool = createPool(stack.databaseUrl, { onError: () => undefined });
}, LIMIT_MS);
afterAll(async () => {
  await pool?.end();
  await stack?.stop();
}, LIMIT_MS);

const all = <T>(names: readonly T[], act: (name: T) => Promise<void>) => Promise.all(names.map(act));
const killWorkers = () => all(WORKERS, (name) => stack.kill(name));
const startWorkers = () => all(WORKERS, (name) => stack.start(name));

async function person(): Promise<Buyer> {
  const buyer = createBuyer(stack.telegramUrl, nextId++);
  await buyer.start();
  await buyer.waitFor('Hello');
  return buyer;
}

interface Ordered {
  readonly id: string;
  readonly providerRef: string;
}

/** Somebody orders a gift, up to the link of the checkout. */
async function ordered(giver: Buyer): Promise<Ordered> {
  for (const label of ['Give a subscription', 'A month', '✅ Pay']) await giver.tap(label);
  await giver.waitForButton('💳 Pay');
  const { rows } = await pool.query<{ id: string; provider_ref: string }>(
    `SELECT id, provider_ref FROM payments WHERE user_id = $1 AND purpose = 'gift'`,
    [giver.id],
  );
  expect(rows).toHaveLength(1);
  return { id: rows[0]!.id, providerRef: rows[0]!.provider_ref };
}

/** The codes of gifts in the chat of somebody, each once. */
async function codesOf(buyer: Buyer): Promise<string[]> {
  const found = JSON.stringify(await buyer.chat()).matchAll(/start=gift_([0-9A-Z]{16})/g);
  return [...new Set([...found].map(([, code]) => code!))];
}
const codeFor = (giver: Buyer) =>
  waitUntil(async () => (await codesOf(giver))[0], { what: 'the link of the gift arrives' }) as Promise<string>;

interface Account {
  readonly uuid: string;
  readonly telegram_id: number;
  readonly is_active: boolean;
  readonly usage_limit_GB: number;
}
const accountsOf = async ({ id }: Buyer): Promise<Account[]> => {
  const answers = await Promise.all(
    stack.hiddifyUrls.map(async (url) => (await (await fetch(`${url}/_sim/users`)).json()) as Account[]),
  );
  return answers.flat().filter(({ telegram_id }) => telegram_id === id);
};
const rowsOf = async (table: 'vouchers' | 'free_grants', where: string, value: string | number) =>
  (await pool.query(`SELECT FROM ${table} WHERE ${where}`, [value])).rowCount;

describe('a gift', () => {
  it(
    'goes from one person to another, once, with both workers killed after its money and during its claim',
    async () => {
      const [giver, receiver] = [await person(), await person()];
      const { id, providerRef } = await ordered(giver);
      await killWorkers();
      await payAt(stack.yookassaUrl, providerRef);
      await startWorkers();
      const code = await codeFor(giver);
      expect(await rowsOf('vouchers', 'payment_id = $1', id)).toBe(1);
      expect(await accountsOf(giver)).toEqual([]);

      await receiver.start(`gift_${code}`);
      await receiver.waitForButton('Netherlands');
      await killWorkers();
      const { messageId, replyMarkup } = (await receiver.lastMessage())!;
      const data = /v1:[^"]*:nl(?=[:"])[^"]*/.exec(JSON.stringify(replyMarkup))![0];
      // By the data of the button: the first tap takes the buttons away.
      const taps = Array.from({ length: 10 }, () => receiver.click({ messageId, data }));
      await startWorkers();
      await Promise.all(taps);
      await waitUntil(async () => (await receiver.keys()).length > 0, { what: 'the key arrives' });
      expect(new Set(await receiver.keys()).size).toBe(1);
      expect(await rowsOf('free_grants', 'user_id = $1', receiver.id)).toBe(1);
      const { rows } = await pool.query<{ panel_user_id: string; starts_at: Date; expires_at: Date }>(
        'SELECT panel_user_id, starts_at, expires_at FROM subscriptions WHERE user_id = $1',
        [receiver.id],
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]!.expires_at.getTime() - rows[0]!.starts_at.getTime()).toBe(30 * DAY_MS);
      expect(await accountsOf(receiver)).toEqual([
        expect.objectContaining({ uuid: rows[0]!.panel_user_id, is_active: true }),
      ]);
      await giver.waitFor('Your gift has been claimed');

      await giver.start(`gift_${code}`);
      await giver.waitFor('This gift has been claimed already');
      expect(await rowsOf('free_grants', 'user_id = $1', giver.id)).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'that its giver cancels is paid back once, with both workers killed on the way, and gives nobody anything',
    async () => {
      const [giver, receiver] = [await person(), await person()];
      const { id, providerRef } = await ordered(giver);
      await payAt(stack.yookassaUrl, providerRef);
      const code = await codeFor(giver);
      await giver.tap('Open the gift');
      await giver.tap('Cancel it');
      await giver.waitForButton('Yes, return');
      await killWorkers();
      await giver.tap('Yes, return');
      await startWorkers();
      await waitUntil(
        async () =>
          (await pool.query(`SELECT FROM payments WHERE id = $1 AND status = 'refunded'`, [id])).rowCount === 1,
        { what: 'the money is back' },
      );
      expect((await pool.query('SELECT FROM refunds WHERE payment_id = $1', [id])).rowCount).toBe(1);
      await receiver.start(`gift_${code}`);
      await receiver.waitFor('can’t be claimed any more');
      expect(await rowsOf('free_grants', 'source = $1', id)).toBe(0);
      expect(await accountsOf(receiver)).toEqual([]);
    },
    LIMIT_MS,
  );
});
