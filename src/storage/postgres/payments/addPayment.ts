import type { PoolClient } from 'pg';
import type { Payment } from '../../../domain/payment';
import { TRIAL_NAME } from '../../../domain/trial';
import type { Place } from '../freePlace';
import { GRANT_COLUMNS, grantParameters, grantValues } from '../tables/planGrant';
import type { PurchaseDraft } from './open';
import { ownOrder, purposeOf, recordConfirmation } from './openOrders';

/** Everything that can be ordered, with its name. */
const NAMED_PLANS = `(SELECT code, name_ru, name_en FROM plans
  UNION ALL SELECT code, '${TRIAL_NAME.ru}', '${TRIAL_NAME.en}' FROM trials) x`;

/** Freezes what was confirmed. */
export async function addPayment(client: PoolClient, draft: PurchaseDraft, place: Place | null): Promise<Payment> {
  await client.query(
    `INSERT INTO payments (id, user_id, chat_id, screen_message_id, language, plan_code, plan_name_ru, plan_name_en, ${GRANT_COLUMNS},
                           purpose, base_price_kopecks, discount_kopecks, price_kopecks, promo_code, promo_days, location_code, server_code, chosen_server_code, renews_subscription_id, provider, currency)
     SELECT $1, $2, $3, $4, $5, code, name_ru, name_en, ${grantParameters(19)},
       $12, $11, $13, $14, $15, $16, $7, $8, $9, $10, $17, $18 FROM ${NAMED_PLANS} WHERE code = $6`,
    [
      draft.paymentId,
      draft.userId,
      draft.chatId,
      draft.screenMessageId,
      draft.language,
      draft.planCode,
      place?.locationCode ?? null,
      place?.serverCode ?? null,
      draft.renewsSubscriptionId === null ? draft.serverCode : (place?.serverCode ?? null),
      draft.renewsSubscriptionId,
      // As confirmed: the plan was compared a moment ago, and may be changed at any time.
      basePriceOf(draft),
      purposeOf(draft),
      draft.promo?.discountKopecks ?? 0,
      draft.priceKopecks,
      draft.promo?.code ?? null,
      draft.promo?.days ?? 0,
      draft.way.provider,
      draft.way.currency,
      ...grantValues(draft),
    ],
  );
  await recordConfirmation(client, draft.paymentId, 'confirmed', draft);
  return (await ownOrder(client, draft.userId, draft.paymentId))!;
}

/** The plan's price, without a promo code. */
export const basePriceOf = ({ priceKopecks, promo }: PurchaseDraft): number =>
  priceKopecks + (promo?.discountKopecks ?? 0);
