/** Subscriptions by the million, written in bulk: what the shop would have after years of selling. */
import { Client, type Pool } from 'pg';

const LOCATION = `INSERT INTO locations (code, name_ru, name_en) VALUES ('nl', 'Нидерланды', 'Netherlands')`;
const SERVERS = `INSERT INTO servers (code, location_code, name, panel_admin_url, panel_api_key, panel_client_url) SELECT 's' || i, 'nl', 's' || i, 'http://127.0.0.1:1/a', gen_random_uuid()::text, 'http://127.0.0.1:1/c' FROM generate_series(0, $1::int - 1) i`;

const WITHOUT_INDEXES = `ALTER TABLE grant_entries DROP CONSTRAINT grant_entries_kind_source_key;
  DROP INDEX grant_entries_of_subscription`;
const WITH_INDEXES = `ALTER TABLE grant_entries ADD CONSTRAINT grant_entries_kind_source_key UNIQUE (kind, source);
  CREATE INDEX grant_entries_of_subscription ON grant_entries (subscription_id, id)`;

/**
 * @param sold `count`: people with one delivered and paid subscription each; `endsIn`: SQL of the interval from now to
 *   the end, of the person's number `i`; `grants`: how many each subscription is made of (default 1), a second after
 *   each other. Each has its payment where the subscription ends within five days, and else the first one
 */
export async function sellMany(
  pool: Pool,
  { count, servers, endsIn, grants = 1 }: { count: number; servers: number; endsIn: string; grants?: number },
): Promise<void> {
  // The shop gives up a statement after half a minute; these are no statements of the shop.
  const client = new Client({ connectionString: pool.options.connectionString! });
  await client.connect();
  try {
    await client.query(LOCATION);
    await client.query(SERVERS, [servers]);
    await client.query(
      `INSERT INTO users (telegram_id, first_name, language) SELECT i, 'P' || i, CASE WHEN i % 3 = 0 THEN 'en' ELSE 'ru' END FROM generate_series(1, $1::int) i`,
      [count],
    );
    await client.query(
      `INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at, prolonged_at, panel_expires_at, traffic_gb, status, delivered_at)
       SELECT gen_random_uuid(), i, 'nl', 's' || i % $2::int, 'month', gen_random_uuid(), now() - interval '30 days', e.at, now() - interval '30 days', e.at, 100, 'active', now()
       FROM generate_series(1, $1::int) i CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', now() + ${endsIn}) AS at) e`,
      [count, servers],
    );
    await client.query(
      `INSERT INTO payments (id, user_id, chat_id, language, status, purpose, plan_code, plan_name_ru, plan_name_en, days, base_price_kopecks, discount_kopecks, price_kopecks, provider, currency,
         location_code, server_code, subscription_id, paid_at, ended_at)
       SELECT gen_random_uuid(), user_id, user_id, 'ru', 'issued', 'buy', 'month', 'Месяц', 'A month', 30, 19900, 0, 19900, 'yookassa', 'RUB',
         'nl', server_code, id, starts_at + (n - 1) * interval '1 second', starts_at
       FROM subscriptions CROSS JOIN LATERAL
         generate_series(1, CASE WHEN expires_at < now() + interval '5 days' THEN $1::int ELSE 1 END) n`,
      [grants],
    );
    // Ten million rows, one by one into indexes that are larger than the memory, would take half an hour.
    await client.query('SET session_replication_role = replica');
    await client.query(WITHOUT_INDEXES);
    await client.query(
      `INSERT INTO grant_entries (subscription_id, kind, source, at, ms, traffic_gb, kopecks, currency, plan_code, whole)
       SELECT u.id, CASE WHEN n = 1 THEN 'purchase' ELSE 'renewal' END, coalesce(p.id, gen_random_uuid())::text, g.at,
         extract(epoch FROM u.expires_at - u.starts_at) * 1000 / $1::int, u.traffic_gb / $1::int, 19900, 'RUB', 'month', false
       FROM subscriptions u CROSS JOIN generate_series(1, $1::int) n
         CROSS JOIN LATERAL (SELECT u.starts_at + (n - 1) * interval '1 second' AS at) g
         LEFT JOIN payments p ON p.subscription_id = u.id AND p.paid_at = g.at
       ORDER BY n`,
      [grants],
    );
    await client.query(WITH_INDEXES);
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}
