import type { Pool, PoolClient } from 'pg';
import { hasRoom, roomiest } from '../../../domain/catalogue';
import type { PlanGrant } from '../../../domain/grant';
import type { Language } from '../../../domain/language';
import type { Payment } from '../../../domain/payment';
import { serverWithPlaces, SERVERS } from '../catalogue';
import { inTransaction } from '../pool';
import { queryRow, queryRows } from '../query';
import { planRow } from '../tables/catalogue';
import { camelCased } from '../tables/columns';
import { GRANT_COLUMNS, grantColumns } from '../tables/grants';
import { paymentRow } from '../tables/payments';
import { subscriptionRow } from '../tables/subscriptions';
import { recordEvent } from './events';
import { renewalFits } from './renewalFits';
import { paymentView, SELECT_PAYMENT } from './rows';

/** What the buyer confirmed on the screen, to be checked against the database: the tap itself is not trusted. */
export interface PurchaseDraft {
  /** Chosen by the caller; ignored where an open payment for the same thing exists. */
  readonly paymentId: string;
  readonly userId: number;
  readonly chatId: number;
  readonly screenMessageId: number | null;
  readonly language: Language;
  readonly planCode: string;
  /** The price on the button; if the plan costs something else by now the buyer must see it first. */
  readonly priceKopecks: number;
  readonly locationCode: string;
  /** `null`: "choose for me". */
  readonly serverCode: string | null;
  /** The subscription to prolong; location and server are then its own. */
  readonly renewsSubscriptionId: string | null;
}

export type OpenOutcome =
  | { readonly outcome: 'created' | 'existing'; readonly payment: Payment }
  /** The plan, location, server or subscription is not sold (any more). */
  | { readonly outcome: 'unavailable' }
  | { readonly outcome: 'full' }
  /** Panels count no further than this renewal would go. */
  | { readonly outcome: 'limit-reached' }
  | { readonly outcome: 'price-changed'; readonly priceKopecks: number };

/**
 * Opens a payment, or finds the open one for the same plan (and the same subscription, for a renewal): a double tap, a
 * second replica or a second thought never makes a second link. Price, plan and server are frozen here.
 */
export async function openPayment(pool: Pool, draft: PurchaseDraft): Promise<OpenOutcome> {
  return inTransaction(pool, async (client) => {
    // Two taps of one buyer wait for each other here; the second then finds the first one's row. NO KEY: a plain FOR
    // UPDATE would deadlock with the money of the same buyer being recorded, whose new subscription refers to the same
    // row of users.
    await client.query('SELECT 1 FROM users WHERE telegram_id = $1 FOR NO KEY UPDATE', [draft.userId]);
    const existing = await findOpen(client, draft);
    if (existing) return { outcome: 'existing', payment: existing };

    const plan = await queryRow(
      client,
      planRow
        .pick({ price_kopecks: true })
        .extend(grantColumns)
        .transform((row) => camelCased(row)),
      `SELECT price_kopecks, ${GRANT_COLUMNS} FROM plans WHERE code = $1 AND active`,
      [draft.planCode],
    );
    if (!plan) return { outcome: 'unavailable' };
    if (plan.priceKopecks !== draft.priceKopecks) return { outcome: 'price-changed', priceKopecks: plan.priceKopecks };

    const place =
      draft.renewsSubscriptionId === null
        ? await freePlace(client, draft)
        : await ownPlace(client, draft.renewsSubscriptionId, draft.userId, plan);
    if (typeof place === 'string') return { outcome: place };

    await client.query(
      `INSERT INTO payments (id, user_id, chat_id, screen_message_id, language, status, plan_code, plan_name_ru, plan_name_en, ${GRANT_COLUMNS},
                             price_kopecks, currency, location_code, server_code, renews_subscription_id)
       SELECT $1, $2, $3, $4, $5, 'created', code, name_ru, name_en, ${GRANT_COLUMNS}, price_kopecks, currency, $7, $8, $9 FROM plans WHERE code = $6`,
      [
        draft.paymentId,
        draft.userId,
        draft.chatId,
        draft.screenMessageId,
        draft.language,
        draft.planCode,
        place.locationCode,
        place.serverCode,
        draft.renewsSubscriptionId,
      ],
    );
    await recordEvent(client, draft.paymentId, 'buyer', 'confirmed', {
      priceKopecks: draft.priceKopecks,
      server: place.serverCode,
    });
    return { outcome: 'created', payment: await paymentById(client, draft.paymentId) };
  });
}

async function paymentById(client: PoolClient, id: string): Promise<Payment> {
  return (await queryRow(client, paymentView, `${SELECT_PAYMENT} WHERE p.id = $1`, [id]))!;
}

/**
 * The open payment for the same thing, moved to the screen the buyer is looking at now; if they had cancelled it, it is
 * open again.
 */
async function findOpen(client: PoolClient, draft: PurchaseDraft): Promise<Payment | undefined> {
  const open = await queryRow(
    client,
    paymentRow.pick({ id: true }),
    `UPDATE payments SET screen_message_id = coalesce($4, screen_message_id), dismissed_at = NULL, updated_at = now()
     WHERE user_id = $1 AND plan_code = $2 AND renews_subscription_id IS NOT DISTINCT FROM $3 AND status IN ('created', 'pending', 'guarding')
     RETURNING id`,
    [draft.userId, draft.planCode, draft.renewsSubscriptionId, draft.screenMessageId],
  );
  return open && paymentById(client, open.id);
}

type Place = { locationCode: string; serverCode: string };

async function freePlace(client: PoolClient, draft: PurchaseDraft): Promise<Place | 'unavailable' | 'full'> {
  // Counting places and taking one must not interleave with another buyer's; held until this transaction ends.
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('places:' || $1))`, [draft.locationCode]);
  const servers = await queryRows(
    client,
    serverWithPlaces,
    `${SERVERS} AND s.location_code = $1 AND ($2::text IS NULL OR s.code = $2)`,
    [draft.locationCode, draft.serverCode],
  );
  if (servers.length === 0) return 'unavailable';
  const server = roomiest(servers);
  return server ? { locationCode: draft.locationCode, serverCode: server.code } : 'full';
}

/** What was never delivered cannot be prolonged yet: should its own money go back, the renewal would go with it. */
async function ownPlace(
  client: PoolClient,
  subscriptionId: string,
  userId: number,
  grant: PlanGrant,
): Promise<Place | 'unavailable' | 'full' | 'limit-reached'> {
  const own = await queryRow(
    client,
    subscriptionRow.pick({ location_code: true, server_code: true, status: true }),
    `SELECT u.location_code, u.server_code, u.status FROM subscriptions u JOIN servers s ON s.code = u.server_code AND s.active
     WHERE u.id = $1 AND u.user_id = $2 AND u.status <> 'revoked' AND (u.status <> 'pending' OR u.delivered_at IS NOT NULL)`,
    [subscriptionId, userId],
  );
  if (!own) return 'unavailable';
  if (!(await renewalFits(client, subscriptionId, grant, new Date()))) return 'limit-reached';
  const place = { locationCode: own.location_code, serverCode: own.server_code };
  if (own.status === 'pending' || own.status === 'active') return place;
  // An expired one holds no place any more: another buyer may have it by now.
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('places:' || $1))`, [place.locationCode]);
  const server = await queryRow(client, serverWithPlaces, `${SERVERS} AND s.code = $1`, [place.serverCode]);
  return server && hasRoom(server) ? place : 'full';
}
