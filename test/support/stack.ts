/**
 * The whole shop as `npm start` runs it: bot and worker are the built processes (`dist/`), PostgreSQL, Redis and
 * Temporal are real, Telegram, YooKassa and two panels are the stand-ins. Processes can be killed and started like in
 * production.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDemo } from '../../demo/app';
import { readDemoConfig } from '../../demo/config';
import { start as startHiddify } from '../../simulators/hiddify/server';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { WORKER_SETTINGS } from '../../src/config/settings';
import { CODE_CACHE } from './children';
import { createTestDatabase, testEnvironment } from './environment';
import { freePort } from './ports';
import { startRedis, type TestRedis } from './redis';
import { createTestNamespace } from './temporal';
import { waitUntil } from './wait';

const ROOT = path.resolve(__dirname, '../..');
const STACK_BOT_TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const SHOP = { id: '100500', key: 'test_only_the_stand_in' };

/** Tests kill processes themselves, not through the page. */
const NO_SUPERVISOR = { connected: false, states: () => [], kill: () => false, onChange: () => undefined };

export type ProcessName = 'bot' | 'worker' | (string & {});

export interface Stack {
  readonly demoUrl: string;
  readonly telegramUrl: string;
  readonly yookassaUrl: string;
  readonly hiddifyUrls: readonly string[];
  /** Base of the Temporal Web UI, as the page gets it. */
  readonly uiUrl: string;
  readonly botUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly namespace: string;
  /** The settings of bot and worker. */
  readonly env: Readonly<Record<string, string>>;
  readonly redis: TestRedis;
  /** Where a process serves HTTP. */
  urlOf(name: ProcessName): string;
  /**
   * Starts a process (again); resolves when it is ready. Further replicas have names such as `worker-2`.
   * @param settings beside or instead of the usual ones, for this start only
   */
  start(name: ProcessName, settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends one as a power cut would. */
  kill(name: ProcessName): Promise<void>;
  isRunning(name: ProcessName): boolean;
  /** Everything a process has printed. */
  output(name: ProcessName): string;
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Settings beside or instead of the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** A namespace that is there, on the Temporal of `env`. Default: a new one on the shared dev server. */
  readonly namespace?: string;
  /** Which processes to start at once (bot and worker). */
  readonly processes?: readonly ProcessName[];
}

export async function startStack({
  env: extra = {},
  namespace: given,
  processes: begun = ['worker', 'bot'],
}: StackOptions = {}): Promise<Stack> {
  const closers: (() => Promise<unknown>)[] = [];
  const later = <T>(thing: T, close: (thing: T) => Promise<unknown>): T => {
    closers.unshift(() => close(thing));
    return thing;
  };
  const running = new Map<string, { child: ChildProcess; output: string; url: string }>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.keys()].map((name) => end(name, 'SIGTERM')));
    for (const close of closers) await close();
  };

  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = running.get(name)?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(force);
  }

  try {
    const folder = later(await mkdtemp(path.join(tmpdir(), 'gigabridge-stack-')), (dir) =>
      rm(dir, { recursive: true, force: true }),
    );
    const [database, redis, namespace, botPort] = await Promise.all([
      createTestDatabase(),
      startRedis(),
      given ?? createTestNamespace(),
      freePort(),
    ]);
    later(database, (it) => it.close());
    later(redis, (it) => it.close());
    const host = '127.0.0.1';
    const telegram = later(await startTelegram({ host, port: 0, token: STACK_BOT_TOKEN }), (it) => it.close());
    const yookassa = later(
      await startYooKassa({
        host,
        port: 0,
        'shop-id': SHOP.id,
        'secret-key': SHOP.key,
        'webhook-url': `http://${host}:${botPort}/webhooks/yookassa`,
        'webhook-time-scale': '0.01',
      }),
      (it) => it.close(),
    );
    const panels = await Promise.all([
      startHiddify({ host, port: 0, version: '14.0.5' }),
      startHiddify({ host, port: 0, version: '10.80.11' }),
    ]);
    for (const panel of panels) later(panel, (it) => it.close());
    const catalogFile = path.join(folder, 'catalog.json');
    await writeFile(catalogFile, await catalogue(panels));

    const botUrl = `http://127.0.0.1:${botPort}`;
    const env: Record<string, string> = {
      BOT_TOKEN: STACK_BOT_TOKEN,
      TELEGRAM_API_ROOT: telegram.url,
      ADMIN_IDS: '100001',
      PUBLIC_URL: botUrl,
      YOOKASSA_SHOP_ID: SHOP.id,
      YOOKASSA_SECRET_KEY: SHOP.key,
      YOOKASSA_API_URL: `${yookassa.url}/v3`,
      YOOKASSA_WEBHOOK_IPS: '127.0.0.1/32,::1/128',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_UI_URL: testEnvironment('TEST_TEMPORAL_UI_URL'),
      TEMPORAL_NAMESPACE: namespace,
      HTTP_HOST: host,
      LOG_LEVEL: 'info',
      CATALOG_FILE: catalogFile,
      ...extra,
    };

    // As docker-compose.yml does it: the bot has no key of YooKassa, and its own user in PostgreSQL.
    const ofTheBot = {
      ...Object.fromEntries(WORKER_SETTINGS.map((name) => [name, ''])),
      DATABASE_URL: database.botUrl,
    };
    const startProcess = async (name: ProcessName, settings: Readonly<Record<string, string>> = {}): Promise<void> => {
      await end(name, 'SIGKILL');
      const kind = name.split('-')[0]!;
      const port = name === 'bot' ? botPort : await freePort();
      const child = spawn(process.execPath, [...CODE_CACHE, path.join(ROOT, 'dist', kind, 'main.js')], {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'] ?? '',
          ...env,
          ...(kind === 'bot' ? ofTheBot : {}),
          ...settings,
          HTTP_PORT: String(port),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const record = { child, output: running.get(name)?.output ?? '', url: `http://${host}:${port}` };
      running.set(name, record);
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (record.output += chunk.toString()));
      await waitUntil(
        async () => {
          if (child.exitCode !== null) return true;
          return (await fetch(`http://${host}:${port}/readyz`)).ok;
        },
        { what: `${name} is ready`, everyMs: 50 },
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; it printed: ${record.output.slice(-3000)}`);
      });
      if (child.exitCode !== null)
        throw new Error(`${name} ended with ${child.exitCode}: ${record.output.slice(-3000)}`);
    };
    await Promise.all(begun.map((name) => startProcess(name)));

    const demo = later(
      await startDemo(
        readDemoConfig({
          DEMO_PORT: '0',
          DEMO_TELEGRAM_URL: telegram.url,
          DEMO_YOOKASSA_URL: yookassa.url,
          DEMO_HIDDIFY_URLS: panels.map((panel, index) => `panel-${index + 1}=${panel.url}`).join(','),
          DEMO_BOT_URL: botUrl,
          TEMPORAL_UI_URL: env['TEMPORAL_UI_URL'],
          TEMPORAL_ADDRESS: env['TEMPORAL_ADDRESS'],
          TEMPORAL_NAMESPACE: namespace,
        }),
        NO_SUPERVISOR,
      ),
      (it) => it.close(),
    );

    return {
      demoUrl: demo.url,
      telegramUrl: telegram.url,
      yookassaUrl: yookassa.url,
      hiddifyUrls: panels.map((panel) => panel.url),
      uiUrl: env['TEMPORAL_UI_URL']!,
      botUrl,
      databaseUrl: database.url,
      redisUrl: redis.url,
      redis,
      namespace,
      env,
      urlOf: (name) => running.get(name)?.url ?? '',
      isRunning: (name) => running.get(name)?.child.exitCode === null && running.get(name)?.child.signalCode === null,
      start: startProcess,
      kill: (name) => end(name, 'SIGKILL'),
      output: (name) => running.get(name)?.output ?? '',
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function catalogue(panels: readonly { adminUrl: string; apiKey: string; clientUrl: string }[]): Promise<string> {
  let text = await readFile(path.join(ROOT, 'demo', 'catalog.template.json'), 'utf8');
  for (const [index, panel] of panels.entries()) {
    text = text
      .replaceAll(`{{PANEL_${index + 1}_ADMIN_URL}}`, panel.adminUrl)
      .replaceAll(`{{PANEL_${index + 1}_API_KEY}}`, panel.apiKey)
      .replaceAll(`{{PANEL_${index + 1}_CLIENT_URL}}`, panel.clientUrl);
  }
  return text;
}
