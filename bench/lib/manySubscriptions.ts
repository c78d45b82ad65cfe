/** Subscriptions by the million, written in bulk: what the shop would have after years of selling. */
import type { Pool } from 'pg';

const LOCATION = `INSERT INTO locations (code, name_ru, name_en) VALUES ('nl', 'Нидерланды', 'Netherlands')`;
const SERVERS = `INSERT INTO servers (code, location_code, name, panel_admin_url, panel_api_key, panel_client_url) SELECT 's' || i, 'nl', 's' || i, 'http://127.0.0.1:1/a', gen_random_uuid()::text, 'http://127.0.0.1:1/c' FROM generate_series(0, $1::int - 1) i`;

/**
 * @param count people with one delivered and paid subscription each
 * @param endsIn SQL of the interval from now to the end, of the person's number `i`
 */
export async function sellMany(
  pool: Pool,
  { count, servers, endsIn }: { count: number; servers: number; endsIn: string },
): Promise<void> {
  // The pool ends statements after 30 s, and these bulk inserts take longer.
  const client = await pool.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query(LOCATION);
    await client.query(SERVERS, [servers]);
    await client.query(
      `INSERT INTO users (telegram_id, first_name, language) SELECT i, 'P' || i, CASE WHEN i % 3 = 0 THEN 'en' ELSE 'ru' END FROM generate_series(1, $1::int) i`,
      [count],
    );
    await client.query(
      `INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at, panel_expires_at, traffic_gb, status, delivered_at)
       SELECT gen_random_uuid(), i, 'nl', 's' || i % $2::int, 'month', gen_random_uuid(), now() - interval '30 days', e.at, e.at, 100, 'active', now()
       FROM generate_series(1, $1::int) i CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', now() + ${endsIn}) AS at) e`,
      [count, servers],
    );
    await client.query(
      `INSERT INTO payments (id, user_id, chat_id, language, status, plan_code, plan_name_ru, plan_name_en, days, price_kopecks, currency, location_code, server_code, subscription_id, paid_at, ended_at)
       SELECT gen_random_uuid(), user_id, user_id, 'ru', 'issued', 'month', 'Месяц', 'A month', 30, 19900, 'RUB', 'nl', server_code, id, starts_at, starts_at FROM subscriptions`,
    );
    await client.query(
      `INSERT INTO grant_entries (subscription_id, kind, source, at, ms, traffic_gb, kopecks, plan_code, whole)
       SELECT u.id, 'purchase', p.id::text, u.starts_at, extract(epoch FROM u.expires_at - u.starts_at) * 1000, u.traffic_gb, p.price_kopecks, p.plan_code, false
       FROM subscriptions u JOIN payments p ON p.subscription_id = u.id`,
    );
    await client.query('ANALYZE');
  } finally {
    client.release(true);
  }
}
