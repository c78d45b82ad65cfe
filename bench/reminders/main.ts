/**
 * `npm run bench -- reminders [--subscriptions 1000000] [--due 30000] [--grants 1]`: the daily reminders of a large
 * shop, on a real PostgreSQL and a real Temporal. `--grants`: how many each subscription is made of. The chat answers
 * at once and the pace is lifted, so that what is measured is ours; Telegram's own is shown beside it.
 */
import { NativeConnection, Worker, Runtime, DefaultLogger } from '@temporalio/worker';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { createReminderActivities } from '../../src/jobs/reminders/activities';
import { connectTemporal } from '../../src/clients/temporal';
import { createCalendar } from '../../src/domain/calendar';
import { dueReminder, endSubject, REMINDER_HORIZON_MS } from '../../src/domain/reminders';
import { createExpiryNoticesRepository, type ExpiringSubscription } from '../../src/storage/postgres/expiryNotices';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { createPool } from '../../src/storage/postgres/pool';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { MAIN_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import { BULK_TASK_QUEUE } from '../../src/jobs/bulkMessages/contract';
import type { RemindersSummary } from '../../src/jobs/reminders/contract';
import { createTestDatabase, testEnvironment } from '../../test/support/environment';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { createTestNamespace } from '../../test/support/temporal';
import { sellMany } from '../lib/manySubscriptions';
import { numberOption, table } from '../lib/numbers';
import { machine, ROOT } from '../lib/processes';
import { runBench } from '../lib/run';

const SUBSCRIPTIONS = numberOption('subscriptions', 1_000_000);
const DUE = numberOption('due', 30_000);
const GRANTS = numberOption('grants', 1);
const PAGE = 1_000;
const SENDERS = 8;
/**
 * Telegram: about 30 messages a second for bulk notifications (core.telegram.org/bots/faq); the shop's setting keeps to
 * 25.
 */
const TELEGRAM_PER_SECOND = { limit: 30, setting: 25 };

const seconds = (ms: number) => (ms / 1_000).toFixed(1);
const megabytes = (bytes: number) => Math.round(bytes / 1_048_576);

async function main(): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
  const database = await createTestDatabase();
  const pool = createPool(database.url, { onError: () => undefined });
  console.log(machine());
  // 09:00 UTC of today, whenever the bench runs: "today" ends in the afternoon.
  const nine = new Date();
  nine.setUTCHours(9, 0, 0, 0);
  const atNine = `(timestamptz '${nine.toISOString()}' - now())`;
  const third = Math.floor(DUE / 3);
  // A third each ends today, tomorrow and in three days; a third more in two days, told yesterday; the others within a
  // year.
  await sellMany(pool, {
    count: SUBSCRIPTIONS,
    grants: GRANTS,
    servers: 10,
    endsIn: `${atNine} + CASE WHEN i <= ${third} THEN interval '6 hours' WHEN i <= ${2 * third} THEN interval '30 hours' WHEN i <= ${3 * third} THEN interval '78 hours' WHEN i <= ${4 * third} THEN interval '54 hours' ELSE interval '5 days' + (i % 360) * interval '1 day' END + (i % 1000) * interval '1 second'`,
  });
  await pool.query(
    `INSERT INTO notifications (user_id, kind, subject, status) SELECT user_id, 'reminder-3-days', id || ':' || (extract(epoch FROM expires_at) * 1000)::bigint, 'sent' FROM subscriptions WHERE user_id > $1 AND user_id <= $2`,
    [3 * third, 4 * third],
  );

  const expiryNotices = createExpiryNoticesRepository(pool);
  const calendar = createCalendar();
  const keyOf = (one: ExpiringSubscription, kind: string) => ({
    userId: one.userId,
    kind,
    subject: endSubject(one.id, one.expiresAt),
  });

  // The scan alone: every page, who is due, who was told before.
  let begun = performance.now();
  let scanned = 0;
  const due: { key: ReturnType<typeof keyOf>; row: ExpiringSubscription }[] = [];
  for (let after: ExpiringSubscription['cursor'] | null = null, more = true; more;) {
    const rows: ExpiringSubscription[] = await expiryNotices.expiring(
      nine,
      new Date(nine.getTime() + REMINDER_HORIZON_MS),
      after,
      PAGE,
    );
    const found = rows.flatMap((row) => {
      const reminder = dueReminder(nine, row, calendar(row.timeZone));
      return reminder ? [{ key: keyOf(row, reminder.kind), row }] : [];
    });
    const told = await expiryNotices.begun(found.map(({ key }) => key));
    due.push(...found.filter(({ key }) => !told.has(`${key.kind} ${key.subject}`)));
    scanned += rows.length;
    after = rows.at(-1)?.cursor ?? null;
    more = rows.length === PAGE;
  }
  const scanMs = performance.now() - begun;

  // The claims alone, as many on their way as the sender has.
  begun = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (let one = due[next++]; one; one = due[next++])
        await expiryNotices.claim(one.key, {
          subscriptionId: one.row.id,
          status: 'active',
          expiresAt: one.row.expiresAt,
        });
    }),
  );
  const claimMs = performance.now() - begun;
  const claims = due.length;
  await pool.query(`DELETE FROM notifications WHERE status = 'claimed'`);
  due.length = 0;

  const whole = await wholeRun(pool, nine);
  console.log(
    table(
      ['of', 'figure'],
      [
        ['active subscriptions', SUBSCRIPTIONS],
        ['grants of each', GRANTS],
        ['looked at, of them due', `${scanned} / ${claims}`],
        ['scan alone, s', seconds(scanMs)],
        ['scan, rows a second', Math.round((scanned * 1_000) / scanMs)],
        ['claims alone, s', seconds(claimMs)],
        ['claims a second', Math.round((claims * 1_000) / claimMs)],
        ['whole run through Temporal, s', seconds(whole.ms)],
        ['sent in it', whole.summary.sent],
        ['messages a second, pace lifted', Math.round((whole.summary.sent * 1_000) / whole.ms)],
        ['events of the run', whole.events],
        ['memory before, peak, MB', `${megabytes(whole.before)} / ${megabytes(whole.peak)}`],
        [
          `at the shop's setting of ${TELEGRAM_PER_SECOND.setting} a second, s`,
          Math.round(claims / TELEGRAM_PER_SECOND.setting),
        ],
        [
          `at Telegram's limit of about ${TELEGRAM_PER_SECOND.limit} a second, s`,
          Math.round(claims / TELEGRAM_PER_SECOND.limit),
        ],
      ],
    ),
  );
  await pool.end();
  await database.close();
  if (claims !== DUE || whole.summary.sent !== DUE)
    throw new Error(`${DUE} were due; ${claims} were found and ${whole.summary.sent} sent`);
}

async function wholeRun(
  pool: ReturnType<typeof createPool>,
  nine: Date,
): Promise<{ ms: number; events: number; before: number; peak: number; summary: RemindersSummary }> {
  const namespace = await createTestNamespace();
  const address = testEnvironment('TEST_TEMPORAL_ADDRESS');
  const temporal = await connectTemporal({ connection: { address }, namespace });
  const connection = await NativeConnection.connect({ address });
  const { main, bulk } = createReminderActivities({
    telegram: { sendMessage: async () => ({ outcome: 'sent', messageId: 1 }) },
    telegramPace: { takeTurn: async () => 0, pause: async () => undefined },
    expiryNotices: createExpiryNoticesRepository(pool),
    notifications: createNotificationsRepository(pool),
    users: createUsersRepository(pool),
    now: () => nine,
  });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: path.join(ROOT, 'src/workflows/index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  const workers = await Promise.all([
    Worker.create({ connection, namespace, taskQueue: MAIN_TASK_QUEUE, workflowBundle, activities: { ...main } }),
    Worker.create({
      connection,
      namespace,
      taskQueue: BULK_TASK_QUEUE,
      activities: { ...bulk },
      maxConcurrentActivityTaskExecutions: 4,
    }),
  ]);
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const begun = performance.now();
  const handle = await temporal.client.workflow.start('subscriptionReminders', {
    taskQueue: MAIN_TASK_QUEUE,
    workflowId: 'bench-reminders',
  });
  const summary = (await handle.result()) as RemindersSummary;
  const ms = performance.now() - begun;
  clearInterval(watch);
  const events = (await handle.fetchHistory()).events?.length ?? 0;
  for (const worker of workers) worker.shutdown();
  await runs;
  await Promise.all([connection.close(), temporal.close()]);
  return { ms, events, before, peak, summary };
}

runBench(main);
