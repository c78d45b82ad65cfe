/** Promo codes as the bot needs them: what a code gives to one person, and which code they hold. */
import { z } from 'zod';
import type { HeldUse, PromoOffer } from '../../../domain/promo/offer';
import { TRIAL_PLAN } from '../../../domain/trial';
import type { Queryable } from '../pool';
import { prepared, queryRow, queryRows } from '../query';
import { camelCased, instant, selectedColumns } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { promoTermsRow } from '../tables/promo';
import { userRow } from '../tables/users';
import { freeUseId, IS_UNUSED_AGAIN } from './uses';

const held = paymentRow
  .pick({ plan_code: true, renews_subscription_id: true })
  .extend({ payment_id: paymentRow.shape.id, is_gift: z.boolean(), is_dismissed: z.boolean() });

const offer = promoTermsRow
  .extend({
    uses_of_all: z.number(),
    uses_of_person: z.number(),
    given_back: z.number(),
    usable_until: instant.nullable(),
    has_bought: z.boolean(),
    has_living_subscription: z.boolean(),
    holds_alike: z.boolean(),
    held: z.array(held.transform((row): HeldUse => camelCased(row))),
  })
  .transform((row) => {
    const { usesOfAll, usesOfPerson, usableUntil, hasBought, hasLivingSubscription, ...others } = camelCased(row);
    const { id, held: uses, holdsAlike, givenBack, ...terms } = others;
    const counted = { usesOfAll, usesOfPerson, usableUntil, hasBought, hasLivingSubscription };
    return { id, terms, uses, holdsAlike, givenBack, counted };
  });

/** Counts as a purchase of theirs: paid, and not gone back undelivered. A trial that costs something is none. */
const HAS_BOUGHT = `EXISTS (SELECT 1 FROM payments p WHERE p.user_id = $1 AND p.paid_at IS NOT NULL AND p.plan_code <> '${TRIAL_PLAN}'
  AND NOT (p.status IN ('refunding', 'refunded') AND p.delivered_at IS NULL))`;

const OFFER = prepared(`SELECT ${selectedColumns(promoTermsRow, 'c')},
    CASE WHEN c.uses_total IS NULL THEN 0 ELSE
      (SELECT count(*) FROM promo_uses u WHERE u.promo_id = c.id AND u.status <> 'returned') END AS uses_of_all,
    (SELECT count(*) FROM promo_uses u
     WHERE u.user_id = $1 AND u.promo_id = c.id AND (u.status <> 'returned' OR u.kept_for_person)) AS uses_of_person,
    (SELECT count(*) FROM promo_uses u
     WHERE u.user_id = $1 AND u.promo_id = c.id AND u.payment_id IS NULL AND u.status = 'returned') AS given_back,
    (SELECT max(u.usable_until) FROM promo_uses u
     WHERE u.user_id = $1 AND u.promo_id = c.id AND ${IS_UNUSED_AGAIN}) AS usable_until,
    ${HAS_BOUGHT} AS has_bought,
    EXISTS (SELECT 1 FROM subscriptions s WHERE s.user_id = $1 AND s.status IN ('pending', 'active')) AS has_living_subscription,
    c.audience IN ('first-purchase', 'no-subscription') AND EXISTS (
      SELECT 1 FROM promo_uses u JOIN promo_codes o ON o.id = u.promo_id JOIN payments p ON p.id = u.payment_id
      WHERE u.user_id = $1 AND u.status = 'reserved' AND o.id <> c.id
        AND o.audience IN ('first-purchase', 'no-subscription') AND p.status IN ('created', 'pending', 'guarding')) AS holds_alike,
    (SELECT coalesce(json_agg(h), '[]') FROM (
       SELECT p.id AS payment_id, p.plan_code, p.renews_subscription_id, p.purpose = 'gift' AS is_gift,
         p.dismissed_at IS NOT NULL AS is_dismissed
       FROM promo_uses u JOIN payments p ON p.id = u.payment_id
       WHERE u.user_id = $1 AND u.promo_id = c.id AND u.status = 'reserved'
         AND p.status IN ('created', 'pending', 'guarding') ORDER BY p.dismissed_at IS NOT NULL, p.created_at DESC) h) AS held
  FROM promo_codes c WHERE c.code = $2 AND (c.deleted_at IS NULL OR EXISTS (
    SELECT 1 FROM promo_uses u WHERE u.user_id = $1 AND u.promo_id = c.id AND ${IS_UNUSED_AGAIN} AND u.usable_until > now()))
  ORDER BY c.deleted_at DESC NULLS FIRST LIMIT 1`);

/** Personal offers of one person that are looked at. */
const MOST_OFFERS = 5;
const codeOf = promoTermsRow
  .pick({ code: true })
  .extend({ is_held: z.boolean() })
  .transform((row) => camelCased(row));
/** A code that may change somebody's prices. `isHeld`: they hold it; else it is an offer that is for them alone. */
export type CodeOf = z.output<typeof codeOf>;

/** A code with its id, as one person finds it. */
export interface StoredOffer extends PromoOffer {
  readonly id: string;
  /** Of the use by which it gives something for nothing. */
  readonly freeUseId: string;
}

/**
 * Of a code that was deleted: while a use that was given back is theirs, and no other code has its name.
 * @returns `undefined`: there is no such code
 */
export async function offerOf(db: Queryable, userId: number, code: string): Promise<StoredOffer | undefined> {
  const found = await queryRow(db, offer, OFFER, [userId, code]);
  if (!found) return undefined;
  const { id, terms, uses, holdsAlike, givenBack, counted } = found;
  const person = { userId, ...counted };
  return { id, freeUseId: freeUseId(id, userId, givenBack), terms, held: uses, holdsAlike, person };
}

export type PromoOffersRepository = ReturnType<typeof createPromoOffersRepository>;

export function createPromoOffersRepository(db: Queryable) {
  return {
    offerOf: (userId: number, code: string) => offerOf(db, userId, code),

    /** Their open order with this code, whatever has become of the code since. */
    async openOrderWith(userId: number, code: string): Promise<string | undefined> {
      const row = await queryRow(
        db,
        paymentRow.pick({ id: true }),
        `SELECT id FROM payments WHERE user_id = $1 AND promo_code = $2 AND dismissed_at IS NULL
           AND status IN ('created', 'pending', 'guarding') ORDER BY created_at DESC LIMIT 1`,
        [userId, code],
      );
      return row?.id;
    },

    /** The code that a person holds, even when there is none of that name any more. */
    async codeInHand(userId: number, now: Date): Promise<string | undefined> {
      const row = await queryRow(
        db,
        userRow.pick({ promo_code: true }),
        'SELECT promo_code FROM users WHERE telegram_id = $1 AND promo_code_until > $2',
        [userId, now],
      );
      return row?.promo_code ?? undefined;
    },

    /** What may change their prices: the code that they hold, and the newest offers that are for them alone. */
    codesFor: (userId: number, now: Date): Promise<CodeOf[]> =>
      queryRows(
        db,
        codeOf,
        `SELECT promo_code AS code, true AS is_held FROM users WHERE telegram_id = $1 AND promo_code_until > $2
         UNION ALL
         (SELECT c.code, false FROM promo_codes c
          WHERE c.user_id = $1 AND c.kind <> 'days-alone' AND (
            (c.active AND c.deleted_at IS NULL
              AND (c.valid_from IS NULL OR c.valid_from <= $2) AND (c.valid_until IS NULL OR c.valid_until > $2))
            OR EXISTS (SELECT FROM promo_uses u
              WHERE u.promo_id = c.id AND u.user_id = $1 AND ${IS_UNUSED_AGAIN} AND u.usable_until > $2))
            AND c.uses_per_person > (SELECT count(*) FROM promo_uses o
              WHERE o.promo_id = c.id AND o.user_id = $1 AND (o.status = 'used' OR o.kept_for_person))
            AND NOT EXISTS (SELECT FROM users u
              WHERE u.telegram_id = $1 AND u.promo_code = c.code AND u.promo_code_until > $2)
          ORDER BY c.created_at DESC, c.id LIMIT ${MOST_OFFERS})`,
        [userId, now],
      ),

    /** Keeps a code for a person, in place of the one they held. */
    async keep(userId: number, code: string, until: Date): Promise<void> {
      await db.query(
        'UPDATE users SET promo_code = $2, promo_code_until = $3, updated_at = now() WHERE telegram_id = $1',
        [userId, code, until],
      );
    },

    /** Puts a code away that a person holds; another one that they hold by now stays. */
    async drop(userId: number, code: string): Promise<void> {
      await db.query(
        `UPDATE users SET promo_code = NULL, promo_code_until = NULL, updated_at = now()
         WHERE telegram_id = $1 AND promo_code = $2`,
        [userId, code],
      );
    },

    /** Whether they have seen language and terms, or are a customer already. */
    async hasSeenTerms(userId: number): Promise<boolean> {
      const row = await queryRow(
        db,
        z.object({ seen: z.boolean() }),
        `SELECT u.terms_seen_at IS NOT NULL OR EXISTS (SELECT 1 FROM payments p WHERE p.user_id = u.telegram_id) AS seen
         FROM users u WHERE u.telegram_id = $1`,
        [userId],
      );
      return row?.seen ?? false;
    },

    async recordTermsSeen(userId: number): Promise<void> {
      await db.query(
        'UPDATE users SET terms_seen_at = coalesce(terms_seen_at, now()), updated_at = now() WHERE telegram_id = $1',
        [userId],
      );
    },
  };
}
