import type { Pool } from 'pg';
import type { z } from 'zod';
import { GIFT_RETURN_DAYS, GIFTS_PER_PAGE, GIVEN_BACK_COUNTS_DAYS, type GiftState } from '../../../domain/voucher/gift';
import { recordEvent } from '../payments/events';
import { inTransaction, type Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { freeGrantRow } from '../tables/freeGrants';
import { paymentRow } from '../tables/payments';
import { userRow } from '../tables/users';
import { voucherRow } from '../tables/vouchers';
import { lockVoucher } from '../vouchers/find';
import { revocationBy } from './revocation';
import { giverTold, owedNotices } from './notices';
import { offerToReceiver } from './offer';

const voucherPart = voucherRow
  .omit({ made_by: true, batch_id: true, note: true, partner: true, once_per_person: true })
  .omit({ payment_id: true, paid_kopecks: true, giver_told_at: true, plan_name_ru: true, plan_name_en: true });
const orderPart = paymentRow
  .pick({ user_id: true, chat_id: true, currency: true, price_kopecks: true, refunded_kopecks: true })
  .extend(paymentRow.pick({ plan_name_ru: true, plan_name_en: true }).shape);
const gift = voucherPart
  .extend(orderPart.shape)
  .extend({ delivered_at: paymentRow.shape.delivered_at.unwrap() })
  .transform(({ plan_name_ru, plan_name_en, status, user_id, ...row }) => ({
    ...camelCased(row),
    planName: { ru: plan_name_ru, en: plan_name_en },
    giverId: user_id,
    state: stateOf(status, row.returned_at),
  }));

/** A gift that was paid for: its voucher, whose code is a secret, and who gives it. */
export type Gift = z.output<typeof gift>;

function stateOf(status: z.output<typeof voucherRow>['status'], returnedAt: Date | null): GiftState {
  if (status === 'issued') return returnedAt === null ? 'waiting' : 'returned';
  return status === 'claimed' ? 'claimed' : 'refunded';
}

const SELECT = `SELECT ${selectedColumns(voucherPart, 'v')}, ${selectedColumns(orderPart, 'p')}, p.delivered_at
  FROM vouchers v JOIN payments p ON p.id = v.payment_id`;

/** @param id of the order, and so of the voucher */
function giftById(db: Queryable, id: string): Promise<Gift | undefined> {
  return queryRow(db, gift, `${SELECT} WHERE v.id = $1`, [id]);
}

/** `giftCountsFrom` of a row of `vouchers`, in SQL. `greatest` passes over NULL. */
const countsFrom = (voucher: string): string =>
  `greatest(${voucher}.created_at, ${voucher}.given_back_at - ${GIVEN_BACK_COUNTS_DAYS} * interval '24 hours')`;
const COUNTS_FROM = countsFrom('v');

/** Some of the gifts of one person. */
export interface GiftsPage {
  readonly items: readonly Gift[];
  readonly page: number;
  readonly hasNext: boolean;
}

/** A page of what somebody has given, the newest first. A page beyond the end is the first one. */
async function sentBy(db: Queryable, userId: number, page: number): Promise<GiftsPage> {
  const found = await queryRows(
    db,
    gift,
    `${SELECT} WHERE p.user_id = $1 AND p.purpose = 'gift' AND p.paid_at IS NOT NULL
     ORDER BY p.paid_at DESC, p.id LIMIT $2 OFFSET $3`,
    [userId, GIFTS_PER_PAGE + 1, page * GIFTS_PER_PAGE],
  );
  if (found.length === 0 && page > 0) return sentBy(db, userId, 0);
  return { items: found.slice(0, GIFTS_PER_PAGE), page, hasNext: found.length > GIFTS_PER_PAGE };
}

const giver = userRow.pick({ first_name: true }).extend({ source: freeGrantRow.shape.id });

export type GiftsRepository = ReturnType<typeof createGiftsRepository>;

/** Gifts: what somebody bought for somebody else, and what became of it. Claiming one: `createVouchersRepository`. */
export function createGiftsRepository(pool: Pool) {
  return {
    byId: (id: string) => giftById(pool, id),
    /** See `revocationBy`. */
    revocationBy: (id: string, attempt: number) => revocationBy(pool, id, attempt),

    /** See `offerToReceiver`. */
    offerToReceiver: (offer: Parameters<typeof offerToReceiver>[1], now: Date) => offerToReceiver(pool, offer, now),
    /** See `owedNotices`. */
    owedNotices: (limit: number) => owedNotices(pool, limit),
    /** See `giverTold`. */
    giverTold: (giftId: string) => giverTold(pool, giftId),

    /** See `sentBy`. */
    sentBy: (userId: number, page: number) => sentBy(pool, userId, page),

    /** The first names of who gave what is in a subscription's book, by the source of its entry. */
    async giversOf(subscriptionId: string): Promise<ReadonlyMap<string, string>> {
      const rows = await queryRows(
        pool,
        giver,
        `SELECT f.id::text AS source, u.first_name
         FROM free_grants f JOIN payments p ON p.id = CASE WHEN f.kind = 'gift' THEN f.source::uuid END
           JOIN users u ON u.telegram_id = p.user_id
         WHERE f.subscription_id = $1 AND p.user_id <> f.user_id AND u.first_name <> ''`,
        [subscriptionId],
      );
      return new Map(rows.map(({ source, first_name: name }) => [source, name]));
    },

    /**
     * Makes a gift that nobody has claimed its giver's own once its days are over, whatever is repeated or happens at
     * the same time, and whoever asks too early: its days count anew once it was given back.
     * @returns how it stands afterwards; `undefined`: there is no such gift
     */
    returnToGiver: (id: string, now: Date): Promise<GiftState | undefined> =>
      inTransaction(pool, async (client) => {
        await lockVoucher(client, id);
        const { rowCount } = await client.query(
          `UPDATE vouchers SET returned_at = $2
           WHERE id = $1 AND payment_id IS NOT NULL AND status = 'issued' AND returned_at IS NULL
             AND ${countsFrom('vouchers')} <= $2::timestamptz - ${GIFT_RETURN_DAYS} * interval '24 hours'`,
          [id, now],
        );
        if (rowCount === 1) await recordEvent(client, id, 'workflow', 'gift-returned');
        return (await giftById(client, id))?.state;
      }),

    /** Gifts that nobody has claimed, whose days count from this time or that were given back in it, oldest first. */
    waiting: (from: { readonly after: Date; readonly until: Date }, limit: number): Promise<Gift[]> =>
      queryRows(
        pool,
        gift,
        `${SELECT} WHERE v.status = 'issued' AND v.returned_at IS NULL
           AND ((${COUNTS_FROM} > $1 AND ${COUNTS_FROM} <= $2) OR (v.given_back_at > $1 AND v.given_back_at <= $2))
         ORDER BY v.created_at, v.id LIMIT $3`,
        [from.after, from.until, limit],
      ),
  };
}
