/**
 * Trial, vouchers, referral, gifts and refunds of the plain shop, as they are written most often: it looks, acts, and then
 * writes down that it has acted. Nothing is locked, nothing is done again that has failed, and days that were given
 * stay.
 */
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { REWARD_DAYS, TRIAL, VOUCHER, VOUCHER_CODES, type LocationCode } from '../environment/catalogue';
import { createNaiveGifts } from './gifts';

type Button = { text: string; callback_data: string } | { text: string; url: string };

export interface NaiveShop {
  readonly pool: Pool;
  readonly say: (chatId: number, text: string, ...buttons: Button[]) => Promise<unknown>;
  readonly press: (text: string, data: string) => Button;
  /** A button for each place. */
  readonly places: (data: (location: string) => string) => Button[];
  /** Makes an account. @returns its key */
  readonly create: (userId: number, location: LocationCode, days: number) => Promise<string>;
  /** Adds days to an account. */
  readonly prolong: (uuid: string, days: number) => Promise<string>;
  readonly refund: (providerRef: string, value: string) => Promise<unknown>;
  readonly remove: (uuid: string) => Promise<void>;
}

export function createNaiveFeatures(shop: NaiveShop) {
  const { pool, say, press, places, create, prolong, refund, remove } = shop;
  const gifts = createNaiveGifts(shop);
  const rows = async <T extends object>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (await pool.query<T>(sql, values)).rows;

  async function takeTrial(userId: number, location: LocationCode): Promise<void> {
    if ((await rows('SELECT 1 FROM naive_trials WHERE user_id = $1', userId)).length > 0) return;
    await say(userId, 'The trial is yours');
    const key = await create(userId, location, TRIAL.days);
    await pool.query('INSERT INTO naive_trials (user_id) VALUES ($1)', [userId]);
    await say(userId, `Your key: <code>${key}</code>`);
  }

  async function claim(userId: number, code: string, location: LocationCode): Promise<void> {
    if ((await rows('SELECT 1 FROM naive_vouchers WHERE code = $1', code)).length > 0) return;
    await say(userId, 'The gift is yours');
    const key = await create(userId, location, VOUCHER.days);
    await pool.query('INSERT INTO naive_vouchers (code, user_id) VALUES ($1, $2)', [code, userId]);
    await say(userId, `Your key: <code>${key}</code>`);
  }

  async function moneyBack(userId: number, uuid: string): Promise<void> {
    const [order] = await rows<{ provider_ref: string; value: string }>(
      `SELECT provider_ref, value FROM naive_orders WHERE key = $1 AND status = 'issued' ORDER BY provider_ref LIMIT 1`,
      uuid,
    );
    if (!order) return;
    await refund(order.provider_ref, order.value);
    await pool.query(`UPDATE naive_orders SET status = 'refunded' WHERE provider_ref = $1`, [order.provider_ref]);
    await say(userId, 'Your money is on its way', press('Buy', 'buy:0'));
    await remove(uuid);
  }

  return {
    gifts,

    async createTables(): Promise<void> {
      for (const table of [
        gifts.TABLE,
        'naive_trials (user_id bigint NOT NULL)',
        'naive_vouchers (code text NOT NULL, user_id bigint NOT NULL)',
        'naive_promo_uses (code text NOT NULL, user_id bigint NOT NULL)',
        'naive_promos (user_id bigint PRIMARY KEY, code text NOT NULL)',
        'naive_links (code text PRIMARY KEY, user_id bigint NOT NULL)',
        'naive_friends (user_id bigint PRIMARY KEY, referrer_id bigint NOT NULL, rewarded boolean NOT NULL DEFAULT false)',
      ])
        await pool.query(`CREATE TABLE IF NOT EXISTS ${table}`);
    },

    async started(userId: number, what: string, code: string): Promise<void> {
      if (what === 'ref') {
        await pool.query(
          `INSERT INTO naive_friends (user_id, referrer_id) SELECT $1, user_id FROM naive_links WHERE code = $2
           ON CONFLICT DO NOTHING`,
          [userId, code],
        );
        await say(userId, 'Hello! /buy');
      } else if (await gifts.opened(userId, code)) return;
      else if (!VOUCHER_CODES.includes(code))
        await say(userId, 'There is no such gift', press('Again', 'enter-voucher'));
      else if ((await rows('SELECT 1 FROM naive_vouchers WHERE code = $1', code)).length > 0)
        await say(userId, 'Somebody has it', press('Another', 'enter-voucher'));
      else await say(userId, 'Where?', ...places((location) => `gift-at:${code}:${location}`));
    },

    async pressed(userId: number, data: string): Promise<void> {
      const [, verb, argument = '', place = ''] = data.split(':');
      switch (verb) {
        case 'trial':
          return void (await say(userId, 'Where?', ...places((location) => `take-trial:${location}`)));
        case 'take-trial':
          return takeTrial(userId, argument as LocationCode);
        case 'gift-at':
          if (VOUCHER_CODES.includes(argument)) return claim(userId, argument, place as LocationCode);
          return void (await gifts.pressed(userId, data));
        case 'refund':
          return void (await say(userId, 'Sure?', press('Yes', `refund-sure:${argument}`)));
        case 'refund-sure':
          return moneyBack(userId, argument);
        case 'invite': {
          const code = randomBytes(4).toString('hex').toUpperCase();
          await pool.query('INSERT INTO naive_links (code, user_id) VALUES ($1, $2)', [code, userId]);
          const link = `https://t.me/naive_bot?start=ref_${code}`;
          return void (await say(userId, link, { text: 'Share', url: `https://t.me/share/url?url=${link}` }));
        }
        default:
          return void (await gifts.pressed(userId, data));
      }
    },

    /** Days for a friend's first purchase, to both and at once, as a call to the panel and a note behind it. */
    async bought(userId: number, days: number): Promise<void> {
      if (days < 28) return;
      const [friend] = await rows<{ referrer_id: number }>(
        'SELECT referrer_id FROM naive_friends WHERE user_id = $1 AND NOT rewarded',
        userId,
      );
      if (!friend) return;
      for (const id of [userId, friend.referrer_id]) {
        const [own] = await rows<{ id: string }>('SELECT id FROM naive_subscriptions WHERE user_id = $1 LIMIT 1', id);
        if (own) await prolong(own.id, REWARD_DAYS);
      }
      await pool.query('UPDATE naive_friends SET rewarded = true WHERE user_id = $1', [userId]);
    },
  };
}
