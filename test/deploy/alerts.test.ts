/**
 * Every rule of ops/prometheus/alerts.yml fires when what it is for happens, and is silent otherwise. The metrics are
 * those of the real processes; only what would take hours (growth, ages, slowness) is played on with their series.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Pool } from 'pg';
import { createPool } from '../../src/storage/postgres/pool';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/contracts/searchAttributes';
import { createBuyer, payAt, setFaults, type Buyer } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { fileText } from './compose';
import { firings, rules, timeline, type Trouble } from './promql/rules';
import { startScrapedShop, type ScrapedShop } from './promql/shopScrapes';
import type { Sample } from './promql/series';

const LIMIT_MS = 600_000;
let shop: ScrapedShop;
let pool: Pool;
let temporal: Client;
let buyer: Buyer;
const troubles = new Map<string, Trouble>();

beforeAll(async () => {
  shop = await startScrapedShop();
  pool = createPool(shop.stack.databaseUrl, { onError: () => undefined });
  const connection = await Connection.connect({ address: shop.temporalAddress });
  temporal = new Client({ connection, namespace: shop.stack.namespace });
  const fresh = await shop.scrape();
  buyer = createBuyer(shop.stack.telegramUrl, 9_700);
  await buyer.start();
  await payAt(shop.stack.yookassaUrl, await buyer.order());
  await waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });
  await Promise.all(['payment-reconciliation', 'audit', 'service-watch'].map(run));

  const calm = await shop.scrape();
  troubles.set('nothing', { before: fresh, after: calm });
  const stepFails = await failingStep();
  await limited();
  const endOfWatch = await away();
  await moneyWaits();
  await serverTroubles();
  await endOfWatch();
  await stepFails();
  // The last: the worker keeps its wrong key.
  await refused();
  const last = await shop.scrape();
  const { stack } = shop;
  for (const name of ['worker', 'bot']) await stack.kill(name);
  await shop.stopTemporal();
  troubles.set('gone', { before: last, after: await shop.scrape() });
}, LIMIT_MS);

afterAll(async () => {
  await pool?.end();
  await temporal?.connection.close();
  await shop?.stop();
}, LIMIT_MS);

/** Starts a scheduled job now. @returns waits for its end */
async function begin(scheduleId: string): Promise<() => Promise<void>> {
  const handle = temporal.schedule.getHandle(scheduleId);
  const ended = async () =>
    (await temporal.workflow.count(`TemporalScheduledById = '${scheduleId}' AND ExecutionStatus != 'Running'`)).count;
  const before = await ended();
  await handle.trigger();
  return async () => void (await waitUntil(async () => (await ended()) > before, { what: `${scheduleId} has run` }));
}

/** Runs a scheduled job now, to its end. */
const run = async (scheduleId: string): Promise<void> => (await begin(scheduleId))();

/** Every key is refused: those of YooKassa and the panels are wrong, Telegram's token is revoked. */
async function refused(): Promise<void> {
  const { stack } = shop;
  await stack.kill('worker');
  await stack.start('worker', { YOOKASSA_SECRET_KEY: 'test_of_another_shop' });
  const before = await shop.scrape();
  // After the start, which applies the catalogue with the right ones.
  await pool.query('UPDATE servers SET panel_api_key = gen_random_uuid()::text');
  await setFaults(stack.telegramUrl, {
    failSend: { method: '*', error_code: 401, description: 'Unauthorized', times: 40 },
  });
  await buyer.send('/start');
  // It goes on trying to tell the owner for as long as Telegram takes no message, which nobody waits for.
  await begin('service-watch');
  const is401 = ({ labels }: Sample) => labels['outcome'] === '401';
  await waitForSeries((sample) => is401(sample) && sample.labels['job'] === 'bot');
  for (const service of ['hiddify', 'yookassa'])
    await waitForSeries((sample) => is401(sample) && sample.labels['service'] === service);
  troubles.set('refused', { before: before.filter((sample) => !is401(sample)), after: await shop.scrape() });
}

/** A step that fails at every attempt: the gift that it asks for does not exist. @returns waits until it has failed often */
async function failingStep(): Promise<() => Promise<void>> {
  const before = troubles.get('nothing')!.after;
  const giftId = randomUUID();
  const handle = await temporal.workflow.start('gift', {
    taskQueue: 'gigabridge',
    workflowId: `gift-${giftId}`,
    args: [{ giftId, madeAt: new Date().toISOString() }],
  });
  return async () => {
    await waitForSeries(({ labels }) => labels['step'] === 'giftState');
    troubles.set('failing', { before, after: await shop.scrape() });
    await handle.terminate();
  };
}

async function limited(): Promise<void> {
  const { stack } = shop;
  const before = await shop.scrape();
  await setFaults(stack.yookassaUrl, { tooManyRequests: { retryAfterMs: 100 } });
  await setFaults(stack.telegramUrl, { tooManyRequests: { retryAfter: 1, times: 30 } });
  await buyer.send('/start');
  await run('service-watch');
  await waitForSeries(({ labels }) => labels['job'] === 'bot' && labels['outcome'] === '429');
  troubles.set('limited', { before, after: await shop.scrape() });
  await setFaults(stack.telegramUrl, { tooManyRequests: null });
  await setFaults(stack.yookassaUrl, { tooManyRequests: null });
}

/** Updates still come, and nothing else gets through. @returns waits for the end of the watch that met it */
async function away(): Promise<() => Promise<void>> {
  const { stack } = shop;
  await setFaults(stack.yookassaUrl, { error500: 'before' });
  for (const url of stack.hiddifyUrls) await setFaults(url, { down: true });
  // A call that still got through must not be counted: YooKassa may be asked only once until the figures are read
  // again.
  const before = await shop.scrape();
  const failSend = { method: '*', error_code: 502, description: 'Bad Gateway', times: 200 };
  await setFaults(stack.telegramUrl, { failSend });
  // It goes on trying to tell the owner until Telegram takes messages again.
  const ended = await begin('service-watch');
  await buyer.send('/start');
  const failed = ({ labels }: Sample) =>
    labels['__name__'] === 'gigabridge_bot_updates_total' && labels['outcome'] === 'failed';
  const sum = (samples: readonly Sample[]) => samples.filter(failed).reduce((all, { value }) => all + value, 0);
  await waitUntil(async () => sum(await shop.scrape()) > sum(before), { what: 'an update fails', everyMs: 500 });
  for (const [service, outcome] of [
    ['yookassa', '500'],
    ['hiddify', 'unknown-outcome'],
  ] as const)
    await waitForSeries(({ labels }) => labels['service'] === service && labels['outcome'] === outcome);
  troubles.set('away', { before, after: await shop.scrape() });
  await setFaults(stack.telegramUrl, { failSend: null });
  await setFaults(stack.yookassaUrl, { error500: null });
  for (const url of stack.hiddifyUrls) await setFaults(url, { down: null });
  return ended;
}

/** Money that waits since long ago, and jobs that ended long ago. */
async function moneyWaits(): Promise<void> {
  const before = troubles.get('nothing')!.after;
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM payments LIMIT 1');
  const paymentId = rows[0]!.id;
  await pool.query(`UPDATE payments SET status = 'paid', paid_at = now() - interval '2 hours' WHERE id = $1`, [
    paymentId,
  ]);
  await pool.query(
    `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, status, created_at, provider)
     VALUES ($1, $2, 1, 100, 'x', 'x', 'refund', 'pending', now() - interval '2 days', 'yookassa')`,
    [randomUUID(), paymentId],
  );
  await pool.query(
    `INSERT INTO webhook_events (provider, remote_address, body, received_at) VALUES ('yookassa', 'x', '{}', now() - interval '1 hour')`,
  );
  await pool.query(
    `INSERT INTO money_anomalies (kind, provider, provider_ref) VALUES ('unknown-payment', 'yookassa', 'x')`,
  );
  await pool.query(`UPDATE job_results SET ended_at = now() - interval '1 day'`);
  await pool.query(`UPDATE job_results SET result = '{"differences": {"stuck": 2}}' WHERE job = 'audit'`);
  await pool.query(
    `INSERT INTO outages (service, server_code, kind, reason, began_at, told_at)
     SELECT 'hiddify', code, 'away', 'x', now() - interval '10 minutes', now() FROM servers ORDER BY code LIMIT 1
     ON CONFLICT DO NOTHING`,
  );
  await pool.query(`UPDATE outages SET began_at = now() - interval '10 minutes'`);
  await temporal.workflow.start('payment', {
    taskQueue: 'nobody',
    workflowId: `waits-${randomUUID()}`,
    typedSearchAttributes: new TypedSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]),
  });
  await waitForSeries(({ labels, value }) => labels['__name__'] === 'gigabridge_attention_waiting' && value > 0);
  troubles.set('money', { before, after: await shop.scrape() });
}

/** What only Temporal's server can say. */
async function serverTroubles(): Promise<void> {
  const before = troubles.get('nothing')!.after;
  const { workflowService } = temporal.connection;
  const { namespace } = shop.stack;
  const taskQueue = { name: 'unfitting' };
  await temporal.workflow.start('payment', { taskQueue: taskQueue.name, workflowId: `unfitting-${randomUUID()}` });
  // The server refuses to be polled without a time limit.
  const { taskToken } = await temporal.connection.withDeadline(Date.now() + 60_000, () =>
    workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'test' }),
  );
  // temporal.api.enums.v1.WorkflowTaskFailedCause: NON_DETERMINISTIC_ERROR.
  await workflowService.respondWorkflowTaskFailed({ namespace, taskToken, cause: 24, identity: 'test' });
  await waitForSeries(({ labels }) => labels['__name__'] === 'service_errors_nondeterministic');
  await waitForSeries(
    ({ labels }) => labels['__name__'] === 'approximate_backlog_age_seconds' && labels['taskqueue'] === 'gigabridge',
  );
  const after = await shop.scrape();
  const of = (name: string, change: (value: number, step: number) => number) => (sample: Sample, step: number) =>
    sample.labels['__name__'] === name ? { ...sample, value: change(sample.value, step) } : sample;
  troubles.set('unfitting', { before, after });
  troubles.set('overdue', { before, after, change: of('approximate_backlog_age_seconds', () => 100) });
  troubles.set('restarting', {
    before,
    after,
    change: of('process_start_time_seconds', (value, step) => value + step),
  });
  troubles.set('clock', { before, after, change: of('gigabridge_clock_ahead_seconds', () => 3_600) });
  troubles.set('unreadable', {
    before,
    after: after.filter(({ labels }) => labels['__name__'] !== 'gigabridge_undelivered_oldest_seconds'),
  });
  troubles.set('slow', { before, after: slower(before, after) });
  // A missed run needs Temporal to be down for longer than the shop's shortest catch-up window. The server's name and
  // labels of the counter (source: Temporal server 1.28, common/metrics/metric_defs.go).
  const missed = { __name__: 'schedule_missed_catchup_window', job: 'temporal', namespace };
  troubles.set('missed', {
    before,
    after: [...after, { labels: missed, value: 1 }],
    // It happens once: the counter appears with 1 and stays so.
    change: of('schedule_missed_catchup_window', () => 1),
  });
}

/** The same observations, each so slow that only the last bucket has it. */
function slower(before: readonly Sample[], after: readonly Sample[]): Sample[] {
  const known = new Map(before.map(({ labels, value }) => [JSON.stringify(labels), value]));
  return after.map((sample) => {
    const start = known.get(JSON.stringify(sample.labels)) ?? 0;
    if (!sample.labels['__name__']!.endsWith('_bucket')) return sample;
    return { ...sample, value: Number(sample.labels['le']!.replace('+Inf', 'Infinity')) >= 10 ? start + 5 : start };
  });
}

async function waitForSeries(is: (sample: Sample) => boolean): Promise<void> {
  await waitUntil(async () => (await shop.scrape()).some(is), { what: 'a series is there', everyMs: 500 });
}

/** Which trouble each rule is for, and the labels it must name. */
const FIRES: Readonly<Record<string, { trouble: string; labels?: readonly Readonly<Record<string, string>>[] }>> = {
  WorkerDown: { trouble: 'gone' },
  BotDown: { trouble: 'gone' },
  TemporalDown: { trouble: 'gone' },
  ProcessRestarting: { trouble: 'restarting', labels: [{ job: 'worker' }, { job: 'bot' }] },
  WorkOverdue: { trouble: 'overdue', labels: [{ taskqueue: 'gigabridge' }] },
  PaymentPollsLate: { trouble: 'slow' },
  WorkflowCodeChanged: { trouble: 'unfitting' },
  ScheduleMissed: { trouble: 'missed' },
  StepFailing: { trouble: 'failing', labels: [{ step: 'giftState' }] },
  NeedsAttention: { trouble: 'money' },
  DeliveryDelayed: { trouble: 'money' },
  RefundLate: { trouble: 'money' },
  WebhooksUnhandled: { trouble: 'money' },
  MoneyUnexplained: { trouble: 'money' },
  ReconciliationLate: { trouble: 'money' },
  AuditLate: { trouble: 'money' },
  AuditDifferences: { trouble: 'money', labels: [{ kind: 'stuck' }] },
  ServiceAway: { trouble: 'money', labels: [{ service: 'hiddify', kind: 'away' }] },
  ShopUnreadable: { trouble: 'unreadable' },
  OutsideServiceFailing: {
    trouble: 'away',
    labels: [{ service: 'telegram' }, { service: 'yookassa' }, { service: 'hiddify' }],
  },
  CredentialsRefused: {
    trouble: 'refused',
    labels: [{ service: 'telegram' }, { service: 'yookassa' }, { service: 'hiddify' }],
  },
  ClockWrong: { trouble: 'clock' },
  RateLimited: { trouble: 'limited', labels: [{ service: 'telegram' }, { service: 'yookassa' }] },
  UpdatesFailing: { trouble: 'away' },
  BotSlow: { trouble: 'slow' },
  DatabaseSlow: { trouble: 'slow' },
};

/** What these say of a purchase depends on how busy this machine is. */
const OF_SPEED: ReadonlySet<string> = new Set(['PaymentPollsLate', 'BotSlow', 'DatabaseSlow']);

describe('the alert rules', () => {
  it('are all tried here, and each has a section in the runbook', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(Object.keys(FIRES));
    const sections = [...fileText('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
    expect(sections).toEqual(Object.keys(FIRES));
  });

  it('are silent while the shop works', () => {
    const { before, after } = troubles.get('nothing')!;
    const working = timeline({ before, after });
    const idle = timeline({ before: after, after });
    for (const rule of rules)
      expect({ [rule.alert]: firings(rule, OF_SPEED.has(rule.alert) ? idle : working) }).toEqual({ [rule.alert]: [] });
  });

  it.each(Object.entries(FIRES))('%s fires', (alert, { trouble, labels = [{}] }) => {
    const rule = rules.find((one) => one.alert === alert)!;
    const fired = firings(rule, timeline(troubles.get(trouble)!));
    for (const wanted of labels) expect(fired).toContainEqual(expect.objectContaining(wanted));
    for (const one of fired)
      for (const [, name] of rule.summary.matchAll(/\$labels\.(\w+)/g)) expect(one).toHaveProperty(name!);
  });
});
