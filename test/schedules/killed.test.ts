/** The real thing: schedules' workflows on a real Temporal server, worker processes that are killed, a chat service over HTTP. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start as startHiddify, type HiddifySimulator } from '../../simulators/hiddify/server';
import { createTelegramUser, telegramCalls } from '../../simulators/telegram/driver';
import { start as startTelegram, type TelegramSimulator } from '../../simulators/telegram/server';
import { panelStateOf } from '../../src/activities/panel';
import { createHiddifyPanel } from '../../src/gateways/hiddify';
import type { RemindersSummary } from '../../src/workflows/contracts/reminders';
import type { ExpirySummary } from '../../src/workflows/contracts/expiry';
import { MAIN_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { DAY_MS, endingSubscription } from '../activities/care';
import { useShop } from '../storage/postgres/shop';
import { openNamespace, type TestNamespace } from './namespace';

const ROOT = path.resolve(__dirname, '../..');
const TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const shop = useShop();
let space: TestNamespace;
let telegram: TelegramSimulator;
let panel: HiddifySimulator;
let codePath: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  [space, telegram, panel, { codePath }] = await Promise.all([openNamespace('killed'), startTelegram({ port: 0, host: '127.0.0.1' }), startHiddify({ port: 0, host: '127.0.0.1' }), workflowBundle()]);
  await shop.pool.query(`UPDATE servers SET panel_admin_url = $1, panel_api_key = $2, panel_client_url = $3`, [panel.adminUrl, panel.apiKey, panel.clientUrl]);
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.allSettled([telegram?.close(), panel?.close(), space?.close()]);
}, 60_000);

async function startWorker(): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'children/worker.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env, BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: telegram.url, YOOKASSA_SHOP_ID: '100500', YOOKASSA_SECRET_KEY: 'test_demo', YOOKASSA_API_URL: 'http://127.0.0.1:9/v3',
      DATABASE_URL: shop.database.url, REDIS_URL: 'redis://127.0.0.1:9', TEMPORAL_ADDRESS: space.address, TEMPORAL_NAMESPACE: space.name, TEST_WORKFLOW_BUNDLE: codePath,
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

const run = (workflow: string, name: string) => space.client.workflow.start(workflow, { taskQueue: MAIN_TASK_QUEUE, workflowId: `${workflow}-${name}` });
const sentMessages = async () => (await telegramCalls(telegram.url)).filter(({ method }) => method === 'sendMessage').length;
async function people(count: number, endsInMs: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const one = await endingSubscription(shop, new Date(Date.now() + endsInMs));
      const person = createTelegramUser(telegram.url, one.userId);
      await person.start();
      return { ...one, person, messages: async () => (await person.chat()).messages.filter(({ from }) => from === 'bot').length };
    }),
  );
}

describe('two runs at once, both workers killed in the middle', () => {
  it('reminders: everybody is told once; only what was on its way at the kill may be missing, and is known', async () => {
    const all = await people(120, 1.5 * DAY_MS);
    const workers = [await startWorker(), await startWorker()];
    const runs = [await run('subscriptionReminders', 'first'), await run('subscriptionReminders', 'second')];
    await waitUntil(async () => (await sentMessages()) >= 40, { what: '40 messages are out', timeoutMs: 60_000 });
    await Promise.all(workers.map((worker) => worker.kill()));
    const afterKill = await sentMessages();
    expect(afterKill).toBeLessThan(120);
    await startWorker();
    const [first, second] = (await Promise.all(runs.map((handle) => handle.result()))) as RemindersSummary[];
    expect(first!.doubtful + second!.doubtful).toBe(0);

    const counts = await Promise.all(all.map(({ messages }) => messages()));
    expect(Math.max(...counts)).toBe(1);
    const claimedOnly = await shop.count('notifications', `kind LIKE 'reminder%' AND status = 'claimed'`);
    const missing = counts.filter((count) => count === 0).length;
    expect(missing).toBeLessThanOrEqual(claimedOnly);
    // Two activities with eight messages on their way each.
    expect(claimedOnly).toBeLessThanOrEqual(16);
    expect(await sentMessages()).toBe(120 - missing);
  }, 180_000);

  it('expiry: every account ends disabled, every buyer is told at most once, and a third run finds nothing to do', async () => {
    const client = createHiddifyPanel({ adminUrl: panel.adminUrl, apiKey: panel.apiKey, writeGapMs: 0 });
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked'`);
    const all = await people(40, -60_000);
    for (const { id } of all) await client.ensureUser(panelStateOf((await shop.subscriptions.byId(id))!));
    const before = await sentMessages();
    const workers = [await startWorker()];
    const runs = [await run('subscriptionExpiry', 'first'), await run('subscriptionExpiry', 'second')];
    await waitUntil(async () => (await sentMessages()) >= before + 10, { what: '10 people are told', timeoutMs: 60_000 });
    await Promise.all(workers.map((worker) => worker.kill()));
    await startWorker();
    await Promise.all(runs.map((handle) => handle.result()));
    expect((await client.listUsers()).filter(({ enable }) => enable)).toEqual([]);
    const counts = await Promise.all(all.map(({ messages }) => messages()));
    expect(Math.max(...counts)).toBe(1);
    const third = (await (await run('subscriptionExpiry', 'third')).result()) as ExpirySummary;
    expect(third).toMatchObject({ closed: 0, disabled: 0, panelsAway: [], told: { sent: 0 } });
  }, 180_000);
});
