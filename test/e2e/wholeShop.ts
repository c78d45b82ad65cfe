/**
 * A shop in which everything has happened that it can record: a row in every table, so that what is done with all of
 * its data (copied, moved) can be tried with all of it.
 */
import { Client } from 'pg';
import { connectTemporal } from '../../src/clients/temporal';
import { createBuyer, payAt, type Buyer } from '../support/buyer';
import type { Stack } from '../support/stack';
import { waitUntil } from '../support/wait';
import { runProgram } from '../cli/program';

/** The settings without which some of it can't happen. */
export const WHOLE_SHOP = { PAYMENT_POLL_INTERVAL: '2s', BUYER_REFUND_WITHIN: '1h', REFERRAL_DAYS: '7' };

/** Text that a copy could damage: quotes, a backslash, COPY's own words for "no value" and "the end", several lines. */
const HARD_TEXT = `'Zoë' \\N "😀"\t\\.\n\\\\ \r\n{}`;

/**
 * What no buyer brings about within a minute: the traces of scheduled jobs, of outages and of operators. Nothing of it
 * is open, so an audit has nothing to say of it.
 */
const TRACES = [
  `INSERT INTO audit_log (actor, action, payment_id, details)
   SELECT 'operator:100001', 'looked', id, jsonb_build_object('why', $1::text) FROM payments LIMIT 1`,
  `INSERT INTO staff (telegram_id, role, given_by) VALUES (100002, 'viewer', $1)`,
  `INSERT INTO notes (user_id, actor, text) SELECT telegram_id, 'operator:100001', $1 FROM users LIMIT 1`,
  `INSERT INTO desk_audit (actor, act, subject, before, after, reason) VALUES ('operator:100001', 'staff', '100002',
     '{"role": null}', '{"role": "viewer"}', $1)`,
  `INSERT INTO notifications_archive (id, user_id, kind, subject, status, message_id, created_at, sent_at)
   SELECT 0, telegram_id, 'reminder', $1, 'sent', 5, now(), now() FROM users LIMIT 1`,
  `INSERT INTO subscription_usage (subscription_id, used_gb, panel_enabled, panel_active, last_online)
   SELECT id, 0.1 + 0.2, true, true, $1 FROM subscriptions ON CONFLICT DO NOTHING`,
  `INSERT INTO panel_samples (server_code, users, cpu_percent, traffic_gb) SELECT code, 1, 1 / 3::float8, 1e-7 FROM servers
   WHERE $1 <> ''`,
  `INSERT INTO panel_sync_states (server_code, run_id, outcome) SELECT code, $1, 'synced' FROM servers ON CONFLICT DO NOTHING`,
  `INSERT INTO panel_drift (run_id, server_code, kind, subscription_id, panel_user_id, repaired_at, outcome)
   SELECT 'run', server_code, 'missing', id, panel_user_id, now(), $1 FROM subscriptions`,
  `INSERT INTO telegram_pace (lane, next_at) VALUES ($1, '-infinity')`,
  `INSERT INTO ledger_cursors (provider, list, cursor, read_at) VALUES ('whole-shop', 'main', $1, '2026-01-01 00:00:00.000001+00')`,
  `INSERT INTO money_anomalies (kind, provider, provider_ref, currency, minor, told_at, resolved_at) VALUES ('unknown-payment', 'yookassa', $1, 'RUB', 100, now(), now())`,
  `INSERT INTO star_charges (charge_id, payload, payer_id, stars, charged_at, refunded_at) VALUES ('stx', $1, 501, 250, now(), now())`,
  `INSERT INTO job_results (job, ended_at, result) VALUES ('whole-shop', now(), jsonb_build_object('said', $1::text))`,
  `INSERT INTO outages (service, server_code, kind, reason, good_since, ended_at, told_at, end_told_at)
   SELECT 'hiddify', code, 'away', $1, now(), now(), now(), now() FROM servers LIMIT 1`,
  `UPDATE users SET first_name = $1, username = '' WHERE telegram_id = (SELECT min(telegram_id) FROM users)`,
];

/** @returns the names of all tables but the list of migrations */
export async function tablesOf(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client
    .query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations' ORDER BY 1`,
    )
    .finally(() => client.end());
  return rows.map(({ name }) => name);
}

/**
 * Buys, gives, invites, tries and returns through the chat of a shop with the settings of `WHOLE_SHOP`, waits until
 * every bit of it has come to its end, and adds the rest.
 * @returns the tables that have no row all the same
 */
export async function fillWholeShop(stack: Stack): Promise<string[]> {
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  try {
    await liveInIt(stack);
    await rewardInviting(stack);
    await waitUntil(async () => (await client.query(UNSETTLED)).rowCount === 0, { what: 'everything has ended' });
    for (const statement of TRACES) await client.query(statement, [HARD_TEXT]);
    const empty: string[] = [];
    for (const name of await tablesOf(stack.databaseUrl))
      if ((await client.query(`SELECT FROM ${name} LIMIT 1`)).rowCount === 0) empty.push(name);
    return empty;
  } finally {
    await client.end();
  }
}

/** What has not come to its end yet. */
const UNSETTLED = `
  SELECT FROM payments WHERE status NOT IN ('issued', 'refunded') OR (status = 'issued' AND key_sent_at IS NULL)
  UNION ALL SELECT FROM free_grants WHERE status <> 'issued' OR (makes_key AND key_sent_at IS NULL)
  UNION ALL SELECT FROM refunds WHERE completed_at IS NULL
  UNION ALL SELECT FROM access_revocations WHERE confirmed_at IS NULL
  UNION ALL SELECT FROM webhook_events WHERE handled_at IS NULL
  UNION ALL SELECT FROM referral_rewards WHERE status = 'waiting' AND due_at <= now()
  UNION ALL SELECT WHERE NOT EXISTS (SELECT FROM referral_rewards)`;

async function liveInIt(stack: Stack): Promise<void> {
  const { code, said } = await runProgram(
    'dist/cli/promo.js',
    ['create', 'WHOLE-10', '--percent', '10', '--note', 'for the test'],
    stack.env,
  );
  if (code !== 0) throw new Error(`the promo code was not made: ${said}`);
  let id = 9_651;
  const person = async (payload?: string, greeting = 'Hello'): Promise<Buyer> => {
    const buyer = createBuyer(stack.telegramUrl, id++);
    await buyer.start(payload);
    await buyer.waitFor(greeting);
    return buyer;
  };
  const hasKey = (buyer: Buyer) => waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });

  const inviting = await person();
  await inviting.tap('Invite a friend');
  const [, link] = (await textIn(inviting, /start=(ref_[0-9A-Z]{8})/))!;
  const friend = await person(link);
  await friend.start('promo_WHOLE-10');
  await friend.waitFor('I have kept your promo code');
  await payAt(stack.yookassaUrl, await friend.order());
  await hasKey(friend);

  const giver = await person();
  for (const label of ['Give a subscription', 'A month', '✅ Pay']) await giver.tap(label);
  await giver.waitForButton('💳 Pay');
  await payAt(stack.yookassaUrl, (await textIn(giver, /orderId=([\w-]+)/))![1]!);
  const receiver = await person((await textIn(giver, /start=(gift_[0-9A-Z]{16})/))![1], 'as a gift');
  await receiver.tap('Netherlands');
  await hasKey(receiver);

  const trying = await person();
  for (const label of ['Try it for free', 'Netherlands']) await trying.tap(label);
  await hasKey(trying);

  const unhappy = await person();
  await payAt(stack.yookassaUrl, await unhappy.order());
  await hasKey(unhappy);
  await unhappy.send('/subscriptions');
  for (const label of ['Netherlands ·', 'Money back', 'Yes, return']) await unhappy.tap(label);
  await unhappy.waitFor('₽299 returned');
}

/** The job that does it runs every five minutes. */
async function rewardInviting({ env, namespace }: Stack): Promise<void> {
  const { client, close } = await connectTemporal({ connection: { address: env['TEMPORAL_ADDRESS']! }, namespace });
  await client.schedule
    .getHandle('referral-rewards')
    .trigger()
    .finally(() => close());
}

/** What somebody reads at last that looks like this: links stand in texts and in buttons. */
const textIn = (buyer: Buyer, like: RegExp) =>
  waitUntil(async () => like.exec(JSON.stringify(await buyer.chat())) ?? undefined, { what: `${like}` });
