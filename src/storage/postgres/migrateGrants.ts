import { columnNames } from './tables/columns';
import { GRANT_COLUMNS } from './tables/planGrant';
import { promoTermsRow } from './tables/promo';

const PROMO_COLUMNS = [...columnNames(promoTermsRow.shape), 'created_at', 'deleted_at'].join(', ');

/**
 * What the bot's user in PostgreSQL may do, where the server has one (`ops/postgres/init.sh` makes it); the worker's
 * user owns the tables. The bot faces the internet: it reads no panel's key and no admin address, cannot change what is
 * sold, except that on an owner's word it stops selling on a server or says that its panel is gone for good, or say
 * that something was paid, delivered or refunded, and deletes nothing. It reads the tables of its screens and of
 * support, and writes the columns that a buyer's tap, a notification or an operator's word begins; what follows from a
 * panel that is gone the worker does.
 *
 * It reads the codes of vouchers, which are worth what they give: it looks for the one that somebody has sent, and
 * shows the link or the button of what is theirs. A digest would hide them from a stolen dump of this user's tables,
 * and from nothing else: who acts as the bot can have any voucher claimed, by its id, through the workflow
 * (docs/privacy.md).
 *
 * A payment that it adds has the status that the column has by default: the link is still to be made.
 *
 * Given after every migration, so that a user who was made later gets it at the next start of a worker, and one who was
 * given more loses that.
 */
export const GRANTS_TO_BOT = `
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gigabridge_bot') THEN
    RETURN;
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO gigabridge_bot', current_schema());
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM gigabridge_bot', current_schema());
  GRANT SELECT ON schema_migrations, users, locations, plans, subscriptions, subscription_usage, payments, payment_events,
    grant_entries, trials, free_grants, deliveries, promo_uses, vouchers, referral_rewards, provider_requests, refunds,
    star_charges, access_revocations, webhook_events, notifications, audit_log, outages, staff, desk_audit
    TO gigabridge_bot;
  GRANT SELECT (${PROMO_COLUMNS}) ON promo_codes TO gigabridge_bot;
  GRANT SELECT (code, location_code, name, panel_client_url, capacity, position, active, sale_stopped_at, gone_at),
    UPDATE (sale_stopped_at, gone_at) ON servers TO gigabridge_bot;
  GRANT INSERT (telegram_id, first_name, username, language, referred_by, referred_at),
    UPDATE (first_name, username, language, referral_code, receipt_contact, unreachable_at, unseen_since, promo_code,
      promo_code_until, terms_seen_at, blocked_at, blocked_by, block_reason, erased_at, updated_at) ON users TO gigabridge_bot;
  GRANT INSERT (id, user_id, chat_id, screen_message_id, language, purpose, plan_code, plan_name_ru, plan_name_en, ${GRANT_COLUMNS},
      base_price_kopecks, discount_kopecks, price_kopecks, promo_code, promo_days, provider, currency, location_code, server_code, chosen_server_code, renews_subscription_id),
    UPDATE (screen_message_id, chosen_server_code, dismissed_at, key_sent_at, updated_at) ON payments TO gigabridge_bot;
  GRANT EXECUTE ON FUNCTION claim_referrer TO gigabridge_bot;
  GRANT UPDATE (key_sent_at, unseen_in) ON free_grants TO gigabridge_bot;
  GRANT UPDATE (forfeit_reason, forfeit_by, forfeit_at) ON referral_rewards TO gigabridge_bot;
  GRANT INSERT (id, promo_id, user_id, payment_id, again) ON promo_uses TO gigabridge_bot;
  GRANT INSERT (payment_id, actor, event, details) ON payment_events TO gigabridge_bot;
  GRANT INSERT (actor, action, payment_id, details), UPDATE (details) ON audit_log TO gigabridge_bot;
  GRANT INSERT (charge_id, payload, payer_id, stars, charged_at), UPDATE (refunded_at) ON star_charges TO gigabridge_bot;
  GRANT INSERT (actor, act, subject, before, after, reason, refused) ON desk_audit TO gigabridge_bot;
  GRANT SELECT ON notes, numbers_gross, numbers_refunds, numbers_net, numbers_new, numbers_renewed, numbers_back,
    numbers_lapsed, numbers_active TO gigabridge_bot;
  GRANT INSERT (user_id, actor, text), UPDATE (text) ON notes TO gigabridge_bot;
  GRANT INSERT (provider, remote_address, event, object_id, payment_id, body),
    UPDATE (handled_at, outcome) ON webhook_events TO gigabridge_bot;
  GRANT INSERT (user_id, kind, subject, status, message_id, sent_at),
    UPDATE (status, message_id, sent_at) ON notifications TO gigabridge_bot;
END
$$`;
