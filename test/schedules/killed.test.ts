/**
 * The real thing: schedules' workflows on a real Temporal server, worker processes that are killed, the outside
 * services over HTTP.
 */
import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { start as startHiddify, type HiddifySimulator } from '../../simulators/hiddify/server';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { start as startTelegram, type TelegramSimulator } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { DAY_MS } from '../../src/domain/duration';
import { panelStateOf } from '../../src/activities/panelState';
import { createHiddifyPanel, type HiddifyPanel } from '../../src/gateways/hiddify';
import { createYooKassaClient } from '../../src/gateways/yookassa/client';
import { metadataOf } from '../../src/gateways/yookassa/metadata';
import { buildPaymentRequest } from '../../src/gateways/yookassa/requests';
import type { CleanupSummary } from '../../src/jobs/cleanup/contract';
import type { ExpirySummary } from '../../src/jobs/expiry/contract';
import type { PanelSyncSummary } from '../../src/jobs/panelSync/contract';
import { MAIN_TASK_QUEUE, paymentWorkflowId } from '../../src/workflows/contracts/payment';
import type { ReconciliationSummary } from '../../src/jobs/reconciliation/contract';
import type { RemindersSummary } from '../../src/jobs/reminders/contract';
import { TYPESCRIPT } from '../support/children';
import { startRedis, type TestRedis } from '../support/redis';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { endingSubscription } from '../jobs/fakes';
import { PRICE, useShop } from '../storage/postgres/shopDatabase';
import { holdingWire, type HoldingWire } from './holding';
import { openNamespace, type TestNamespace } from './namespace';

const ROOT = path.resolve(__dirname, '../..');
const TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const OWNER = 700_001;
const LIMIT_MS = 240_000;
const shop = useShop();
let space: TestNamespace;
let telegram: TelegramSimulator;
let chat: HoldingWire;
let panel: HiddifySimulator;
let panelWire: HoldingWire;
let onPanel: HiddifyPanel;
let yookassa: { url: string; close(): Promise<void> };
let redis: TestRedis;
let codePath: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  const host = { port: 0, host: '127.0.0.1' };
  [space, telegram, panel, yookassa, redis, { codePath }] = await Promise.all([
    openNamespace('killed'),
    startTelegram(host),
    startHiddify(host),
    startYooKassa(host),
    startRedis(),
    workflowBundle(undefined, path.join(__dirname, 'shorterTimeoutsInterceptor.ts')),
  ]);
  [chat, panelWire] = await Promise.all([holdingWire(telegram.url), holdingWire(panel.url)]);
  onPanel = createHiddifyPanel({ adminUrl: panel.adminUrl, apiKey: panel.apiKey, writeGapMs: 0 });
  await shop.pool.query(
    `UPDATE servers SET panel_admin_url = $1, panel_api_key = $2, panel_client_url = $3, active = code = 'nl-1'`,
    [panel.adminUrl.replace(panel.url, panelWire.url), panel.apiKey, panel.clientUrl],
  );
  await createTelegramUser(telegram.url, OWNER).start();
});
afterAll(async () => {
  await Promise.allSettled([
    chat?.close(),
    panelWire?.close(),
    telegram?.close(),
    panel?.close(),
    yookassa?.close(),
    redis?.close(),
    space?.close(),
  ]);
});
beforeEach(async () => {
  await shop.pool.query(
    `UPDATE subscriptions SET status = 'revoked'; UPDATE payments SET status = 'canceled' WHERE status NOT IN ('issued', 'refunded'); TRUNCATE panel_drift, notifications`,
  );
  await fetch(`${panel.url}/_sim/reset`, { method: 'POST' });
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  chat.hold(() => false);
  panelWire.hold(() => false);
});

async function startWorker(): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, [...TYPESCRIPT, path.join(__dirname, 'children/worker.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: chat.url,
      ADMIN_IDS: String(OWNER),
      YOOKASSA_SHOP_ID: '100500',
      YOOKASSA_SECRET_KEY: 'test_demo',
      YOOKASSA_API_URL: `${yookassa.url}/v3`,
      DATABASE_URL: shop.database.url,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: space.address,
      TEMPORAL_NAMESPACE: space.name,
      TEST_WORKFLOW_BUNDLE: codePath,
    },
  });
  children.add(child);
  await once(child.stdout, 'data');
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      children.delete(child);
    },
  };
}

const run = (workflow: string, name: string, ...args: unknown[]) =>
  space.client.workflow.start(workflow, { taskQueue: MAIN_TASK_QUEUE, workflowId: `${workflow}-${name}`, args });
const twice = async (workflow: string, ...args: unknown[]) =>
  [
    await run(workflow, `${randomUUID()}-first`, ...args),
    await run(workflow, `${randomUUID()}-second`, ...args),
  ] as const;
async function people(count: number, endsInMs: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const one = await endingSubscription(shop, new Date(Date.now() + endsInMs), 30, { serverCode: 'nl-1' });
      const person = createTelegramUser(telegram.url, one.userId);
      await person.start();
      return {
        ...one,
        person,
        messages: async () => (await person.chat()).messages.filter(({ from }) => from === 'bot').length,
      };
    }),
  );
}
const delivered = async (all: readonly { id: string }[]) => {
  for (const { id } of all) await onPanel.ensureUser(panelStateOf((await shop.subscriptions.byId(id))!, 0));
};

describe('two runs at once, the worker killed between what it did and what it wrote down', () => {
  it(
    'reminders: a message is in the chat but not recorded; nobody is told twice, everybody else gets theirs',
    async () => {
      const all = await people(40, 1.5 * DAY_MS);
      chat.hold((_method, url) => url.endsWith('/sendMessage'));
      const worker = await startWorker();
      const runs = await twice('subscriptionReminders');
      // Each of the two runs sends eight messages at a time: all are in their chats, none is answered.
      await waitUntil(() => chat.held() >= 16, { what: '16 messages are sent and not answered' });
      await worker.kill();
      const unanswered = chat.held();
      chat.hold(() => false);
      await startWorker();
      const [first, second] = (await Promise.all(runs.map((handle) => handle.result()))) as RemindersSummary[];
      // An attempt without a heartbeat is repeated and counts only what it sends itself, so the runs may count fewer.
      expect(first!.sent + second!.sent).toBeLessThanOrEqual(40 - unanswered);
      expect(await Promise.all(all.map(({ messages }) => messages()))).toEqual(all.map(() => 1));
      const reminders = (status: string) =>
        shop.count('notifications', `kind LIKE 'reminder%' AND status = '${status}'`);
      expect({ claimed: await reminders('claimed'), sent: await reminders('sent') }).toEqual({
        claimed: unanswered,
        sent: 40 - unanswered,
      });
    },
    LIMIT_MS,
  );

  it(
    'expiry: the panel has disabled accounts, which is not recorded; all end disabled, and a third run finds nothing to do',
    async () => {
      const all = await people(20, -60_000);
      await delivered(all);
      panelWire.hold((method) => method === 'PATCH');
      const worker = await startWorker();
      const runs = await twice('subscriptionExpiry');
      await waitUntil(() => panelWire.held() >= 1, { what: 'an account is switched off' });
      await worker.kill();
      panelWire.hold(() => false);
      await startWorker();
      await Promise.all(runs.map((handle) => handle.result()));
      expect((await onPanel.listUsers()).filter(({ enable }) => enable)).toEqual([]);
      expect(await shop.count('subscriptions', `status = 'expired' AND panel_deactivated_for = expires_at`)).toBe(20);
      expect(Math.max(...(await Promise.all(all.map(({ messages }) => messages()))))).toBe(1);
      expect((await (await run('subscriptionExpiry', randomUUID())).result()) as ExpirySummary).toMatchObject({
        expired: 0,
        deactivated: 0,
        panelsAway: [],
        notices: { sent: 0 },
      });
    },
    LIMIT_MS,
  );

  it(
    'panel sync: a repair is made but not recorded; nothing is made twice, and the panel ends as the database says',
    async () => {
      const all = await people(30, 10 * DAY_MS);
      await delivered(all.slice(3));
      panelWire.hold((method) => method === 'POST');
      const worker = await startWorker();
      const runs = await twice('panelSync');
      await waitUntil(() => panelWire.held() >= 1, { what: 'a missing account is made' });
      // The first run has its child workflow for this panel, and the second one has learnt that it exists.
      const metThePart = async (handle: (typeof runs)[number]) =>
        (await handle.fetchHistory()).events?.some(
          (event) =>
            event.childWorkflowExecutionStartedEventAttributes ??
            event.startChildWorkflowExecutionFailedEventAttributes,
        );
      await waitUntil(async () => (await Promise.all(runs.map(metThePart))).every(Boolean), {
        what: 'both runs know of the part',
      });
      await worker.kill();
      panelWire.hold(() => false);
      await startWorker();
      const summaries = (await Promise.all(runs.map((handle) => handle.result()))) as PanelSyncSummary[];
      // The second run leaves the panel to the first one.
      expect(summaries.map(({ synced }) => synced).toSorted()).toEqual([0, 1]);
      expect(summaries.flatMap(({ others }) => others)).toEqual([
        expect.objectContaining({ outcome: 'still-running' }),
      ]);
      const shown = await onPanel.listUsers();
      expect(shown.length).toBe(30);
      expect(shown.every(({ enable }) => enable)).toBe(true);
      expect(await shop.count('panel_drift', `kind = 'missing' AND outcome = 'repaired'`)).toBe(3);
    },
    LIMIT_MS,
  );

  it(
    'reconciliation: each payment without a workflow gets one, and the owner is told of unexplained money',
    async () => {
      const payments = await Promise.all(Array.from({ length: 12 }, async () => shop.open(await shop.buyer())));
      await shop.pool.query(
        `UPDATE payments SET created_at = now() - interval '5 minutes', updated_at = now() - interval '5 minutes' WHERE status = 'created'`,
      );
      const client = createYooKassaClient({ baseUrl: `${yookassa.url}/v3`, shopId: '100500', secretKey: 'test_demo' });
      const stray = await client.createPayment(
        buildPaymentRequest({
          amountKopecks: PRICE,
          description: 'x',
          returnUrl: 'https://t.me/',
          metadata: metadataOf({
            installationId: String((await shop.row('installation', 'singleton'))['id']),
            paymentId: randomUUID(),
          }),
        }),
        randomUUID(),
      );
      await fetch(`${yookassa.url}/_sim/payments/${stray.id}/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      chat.hold((_method, url) => url.endsWith('/sendMessage'));
      const worker = await startWorker();
      const runs = await twice('paymentReconciliation');
      await waitUntil(() => chat.held() >= 1, { what: 'the owner is told' });
      await worker.kill();
      chat.hold(() => false);
      await startWorker();
      const summaries = (await Promise.all(runs.map((handle) => handle.result()))) as ReconciliationSummary[];
      expect(summaries.every(({ openAnomalies, away }) => openAnomalies === 1 && away.length === 0)).toBe(true);
      for (const { id } of payments)
        expect((await space.client.workflow.getHandle(paymentWorkflowId(id)).describe()).status.name).toBe('RUNNING');
      expect(await shop.count('money_anomalies', 'told_at IS NOT NULL')).toBe(1);
      // To the owner at least once: better twice than never.
      expect(
        (await createTelegramUser(telegram.url, OWNER).transcript()).match(new RegExp(stray.id, 'g'))!.length,
      ).toBeGreaterThanOrEqual(1);
    },
    LIMIT_MS,
  );

  it(
    'clean-up: old rows are removed once, newer ones stay',
    async () => {
      await shop.pool.query(
        `INSERT INTO notifications (user_id, kind, subject, status, created_at) SELECT i, 'reminder-today', i::text, 'sent', now() - interval '100 days' FROM generate_series(1, 60000) i`,
      );
      await shop.pool.query(
        `INSERT INTO notifications (user_id, kind, subject, status) SELECT i, 'reminder-today', 'young' || i, 'sent' FROM generate_series(1, 100) i`,
      );
      const cache = new Redis(`${redis.url}/1`);
      const line = cache.pipeline();
      for (let i = 0; i < 5_000; i += 1)
        line.set(`cache:{user:${i}}`, i % 2 === 0 ? 'broken' : '{"value":1}', 'EX', 6_000);
      await line.exec();
      const worker = await startWorker();
      const runs = [
        ...(await twice('cleanup', { what: 'payments' })),
        ...(await twice('cleanup', { what: 'cache' })),
        ...(await twice('cleanup', { what: 'fsm' })),
      ];
      await waitUntil(async () => (await shop.count('notifications_archive', 'true')) >= 2_000, {
        what: 'the removal has begun',
      });
      await worker.kill();
      await startWorker();
      const summaries = (await Promise.all(runs.map((handle) => handle.result()))) as CleanupSummary[];
      expect(summaries.map(({ what }) => what)).toEqual(['payments', 'payments', 'cache', 'cache', 'fsm', 'fsm']);
      expect([await shop.count('notifications', 'true'), await shop.count('notifications_archive', 'true')]).toEqual([
        100, 60_000,
      ]);
      expect(await cache.dbsize()).toBe(2_500);
      cache.disconnect();
    },
    LIMIT_MS,
  );
});
