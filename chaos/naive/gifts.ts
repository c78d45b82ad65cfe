/**
 * Gifts of the plain shop. A claim looks, acts and then writes down that it has acted, and a cancellation writes
 * whatever has happened meanwhile. A refund in YooKassa's cabinet is not noticed.
 */
import { randomBytes } from 'node:crypto';
import type { LocationCode } from '../environment/catalogue';
import type { NaiveShop } from './features';

interface GiftRow {
  readonly order_id: string;
  readonly provider_ref: string;
  readonly value: string;
  readonly days: number;
  readonly state: 'waiting' | 'claimed' | 'cancelled';
}

export function createNaiveGifts({ pool, say, press, places, create, prolong, refund }: NaiveShop) {
  const find = async (by: 'code' | 'order_id', value: string): Promise<GiftRow | undefined> =>
    (await pool.query<GiftRow>(`SELECT * FROM naive_gifts WHERE ${by} = $1`, [value])).rows[0];
  const write = (orderId: string, state: GiftRow['state']) =>
    pool.query('UPDATE naive_gifts SET state = $2 WHERE order_id = $1', [orderId, state]);

  async function claim(userId: number, code: string, give: (days: number) => Promise<string>): Promise<void> {
    const gift = await find('code', code);
    if (gift?.state !== 'waiting') return;
    await say(userId, 'The gift is yours');
    const key = await give(gift.days);
    await write(gift.order_id, 'claimed');
    await say(userId, `Your key: <code>${key}</code>`);
  }

  async function cancel(userId: number, orderId: string): Promise<void> {
    const gift = await find('order_id', orderId);
    if (gift?.state !== 'waiting') return;
    await refund(gift.provider_ref, gift.value);
    await write(orderId, 'cancelled');
    await say(userId, 'Cancelled, its money goes back', press('Gifts', 'gifts'));
  }

  return {
    TABLE:
      'naive_gifts (code text PRIMARY KEY, order_id text NOT NULL, provider_ref text NOT NULL, value text NOT NULL, ' +
      'days int NOT NULL, state text NOT NULL)',

    /** Its money has come. */
    async paid(userId: number, order: { orderId: string; providerRef: string; value: string; days: number }) {
      const code = randomBytes(8).toString('hex').toUpperCase();
      await pool.query(`INSERT INTO naive_gifts VALUES ($1, $2, $3, $4, $5, 'waiting')`, [
        ...[code, order.orderId, order.providerRef, order.value, order.days],
      ]);
      await say(
        userId,
        `Your gift: <code>https://t.me/naive_bot?start=gift_${code}</code>`,
        press('Open', `sent-gift:${order.orderId}`),
      );
    },

    /** @returns whether it is the code of a gift */
    async opened(userId: number, code: string): Promise<boolean> {
      const gift = await find('code', code);
      if (!gift) return false;
      if (gift.state !== 'waiting') await say(userId, 'Somebody has it', press('Another', 'enter-voucher'));
      else {
        const own = await pool.query<{ id: string }>('SELECT id FROM naive_subscriptions WHERE user_id = $1', [userId]);
        const add = own.rows.map(({ id }) => press('Add to it', `gift-to:${code}:${id}`));
        await say(userId, 'Where?', ...(add.length > 0 ? add : places((location) => `gift-at:${code}:${location}`)));
      }
      return true;
    },

    async pressed(userId: number, data: string): Promise<unknown> {
      const [, verb, argument = '', place = ''] = data.split(':');
      switch (verb) {
        case 'gift-at':
          return claim(userId, argument, (days) => create(userId, place as LocationCode, days));
        case 'gift-to':
          return claim(userId, argument, (days) => prolong(place, days));
        case 'sent-gift':
          return say(userId, 'Your gift', press('Cancel it', `cancel-gift:${argument}`));
        case 'cancel-gift':
          return say(userId, 'Sure?', press('Yes', `cancel-gift-sure:${argument}`));
        case 'cancel-gift-sure':
          return cancel(userId, argument);
        default:
          return undefined;
      }
    },
  };
}
