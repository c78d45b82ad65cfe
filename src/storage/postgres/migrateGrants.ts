/**
 * What the bot's user in PostgreSQL may do, where the server has one (ops/postgres/init.sh makes it). The bot faces the
 * internet: it reads no panel's key and no admin address, cannot change what is sold, and writes only what a buyer's
 * tap, a notification or an operator's word begins. The worker's user owns the tables.
 *
 * Given after every migration, so that a user who was made later gets it at the next start of a worker.
 */
export const GRANTS_TO_BOT = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gigabridge_bot') THEN
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO gigabridge_bot;
    REVOKE SELECT ON servers FROM gigabridge_bot;
    GRANT SELECT (code, location_code, name, panel_client_url, capacity, position, active) ON servers TO gigabridge_bot;
    GRANT INSERT, UPDATE ON users, payments, webhook_events TO gigabridge_bot;
    GRANT INSERT ON payment_events, audit_log TO gigabridge_bot;
    GRANT UPDATE (details) ON audit_log TO gigabridge_bot;
  END IF;
END
$$`;
