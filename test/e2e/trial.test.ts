/** A trial on the built processes, with parts of them killed on the way, and the purchase that it turns into. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { DAY_MS } from '../../src/domain/duration';
import { createPool } from '../../src/storage/postgres/pool';
import { createBuyer, payAt, type Buyer } from '../support/buyer';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
let stack: Stack;
let pool: Pool;
let nextId = 9_501;

beforeAll(async () => {
  stack = await startStack({ env: { PAYMENT_POLL_INTERVAL: '2s' } });
  pool = createPool(stack.databaseUrl, { onError: () => undefined });
}, LIMIT_MS);
afterAll(async () => {
  await pool?.end();
  await stack?.stop();
}, LIMIT_MS);

const keyArrives = (buyer: Buyer) =>
  waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });

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
const subscriptionsOf = async ({ id }: Buyer) =>
  (
    await pool.query<{ panel_user_id: string; starts_at: Date; expires_at: Date; traffic_gb: number; status: string }>(
      'SELECT panel_user_id, starts_at, expires_at, traffic_gb, status FROM subscriptions WHERE user_id = $1',
      [id],
    )
  ).rows;

/** Somebody new who reads where the trial can be had. */
async function somebodyNew(): Promise<{ buyer: Buyer; messageId: number }> {
  const buyer = createBuyer(stack.telegramUrl, nextId++);
  await buyer.start();
  await buyer.tap('Try it for free');
  const { messageId } = await buyer.waitFor('No money and no card needed');
  return { buyer, messageId };
}

describe('a trial', () => {
  it(
    'whoever blocks the bot while it is made and comes back later has the key, and reads so where they asked for it',
    async () => {
      const { buyer } = await somebodyNew();
      await stack.kill('worker');
      await buyer.tap('Netherlands');
      const { messageId } = await buyer.waitFor('Making your trial key');
      await buyer.block();
      await stack.start('worker');
      const grant = () =>
        pool.query(
          `SELECT FROM free_grants WHERE user_id = $1 AND status = 'issued' AND key_sent_at IS NULL AND unseen_in <> '{}'`,
          [buyer.id],
        );
      await waitUntil(async () => (await grant()).rowCount, { what: 'the key is owed' });
      await buyer.unblock();
      await keyArrives(buyer);
      const ready = await buyer.waitFor('Your trial key is ready');
      expect(ready.messageId).toBe(messageId);
      const left = () => pool.query(`SELECT FROM free_grants WHERE user_id = $1 AND unseen_in <> '{}'`, [buyer.id]);
      await waitUntil(async () => (await left()).rowCount === 0, { what: 'nothing is left unseen' });
    },
    LIMIT_MS,
  );

  it(
    'T1: 50 taps at once, with bot and worker killed between them, are one row, one account, one key',
    async () => {
      const { buyer, messageId } = await somebodyNew();
      const tap = () => buyer.click({ messageId, data: 'v1:take-trial:nl:3-5-keep' });
      const taps = (count: number) => Promise.all(Array.from({ length: count }, tap));
      const before = taps(25);
      await waitUntil(async () => (await pool.query('SELECT FROM users WHERE telegram_id = $1', [buyer.id])).rowCount, {
        what: 'the bot has met them',
      });
      await Promise.all([stack.kill('worker'), stack.kill('bot')]);
      await before;
      const after = taps(25);
      await Promise.all([stack.start('worker'), stack.start('bot')]);
      await after;
      await keyArrives(buyer);
      await buyer.waitFor('Your trial key is ready');
      const [subscription, ...more] = await subscriptionsOf(buyer);
      expect(more).toEqual([]);
      expect((await pool.query('SELECT FROM free_grants WHERE user_id = $1', [buyer.id])).rowCount).toBe(1);
      expect(await accountsOf(buyer)).toEqual([
        expect.objectContaining({ uuid: subscription!.panel_user_id, is_active: true, usage_limit_GB: 5 }),
      ]);
      expect(new Set(await buyer.keys()).size).toBe(1);
      expect(subscription!.expires_at.getTime() - subscription!.starts_at.getTime()).toBe(3 * DAY_MS);
    },
    LIMIT_MS,
  );

  it(
    'T2: turns into a purchase on the same key, without losing a day',
    async () => {
      const { buyer } = await somebodyNew();
      await buyer.tap('Netherlands');
      await keyArrives(buyer);
      const [trial] = await subscriptionsOf(buyer);
      await buyer.send('/subscriptions');
      for (const label of ['trial, 3 days left', 'Buy for this key', 'A month', '✅ Pay']) await buyer.tap(label);
      const link = await waitUntil(
        async () =>
          (await buyer.lastMessage())?.replyMarkup &&
          JSON.stringify((await buyer.lastMessage())!.replyMarkup).match(/orderId=([\w-]+)/)?.[1],
        { what: 'the link' },
      );
      await payAt(stack.yookassaUrl, link!);
      await waitUntil(async () => (await accountsOf(buyer))[0]?.usage_limit_GB !== 5 || undefined, {
        what: 'the panel is told',
      });
      const [bought, ...more] = await subscriptionsOf(buyer);
      expect(more).toEqual([]);
      expect(bought).toMatchObject({
        panel_user_id: trial!.panel_user_id,
        status: 'active',
        starts_at: trial!.starts_at,
      });
      expect(bought!.expires_at.getTime() - trial!.expires_at.getTime()).toBe(30 * DAY_MS);
      expect(await accountsOf(buyer)).toEqual([
        expect.objectContaining({ uuid: trial!.panel_user_id, is_active: true }),
      ]);
    },
    LIMIT_MS,
  );
});
