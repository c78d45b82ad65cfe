/**
 * The whole shop on one machine, as in production: two bots behind a balancer, two workers, Temporal, PostgreSQL,
 * Redis, each a process that can be killed; between each of our processes and each of its dependencies a link that can
 * be cut.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CODE_CACHE } from '../../test/support/children';
import { createTestNamespace } from '../../test/support/temporal';
import { waitUntil } from '../../test/support/wait';
import { Link } from '../wire/link';
import { catalogue, PANEL, type PanelName } from './catalogue';
import { copyWithShortLimits } from './shortLimits';
import { BOT_TOKEN, control, PANELS, startStandIns, YOOKASSA, type StandInName } from './standIns';
import { loadTools, ROOT, type Progress, type ProcessSpec, type Step, type Supervisor, type Tools } from './tools';

export const OUR_PROCESSES = ['worker-1', 'worker-2', 'bot-1', 'bot-2'] as const;
export type OurProcess = (typeof OUR_PROCESSES)[number];
export const ENGINES = ['postgres', 'redis', 'temporal'] as const;
export type Engine = (typeof ENGINES)[number];
export type Dependency = Engine | 'telegram' | 'yookassa' | 'panel';

export interface EnvironmentOptions {
  /** Folder for everything that the run writes. */
  readonly dir: string;
  /** `auto`: the production server on PostgreSQL if it is there or can be built, else the dev server with a file. */
  readonly temporal: 'auto' | 'postgres' | 'dev';
  readonly progress: Progress;
  /** Which shop is opened: ours (default), or the plain one of chaos/naive. */
  readonly shop?: 'gigabridge' | 'naive';
  /** Settings beside or instead of the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** See `copyWithShortLimits`. */
  readonly shortLimits?: boolean;
}

export interface Environment {
  readonly supervisor: Supervisor;
  /** Name and version of the Temporal server, for the report. */
  readonly temporal: string;
  readonly links: readonly Link[];
  /** Direct addresses of the stand-ins, past the links. */
  readonly urls: Readonly<Record<StandInName, string>>;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly temporalAddress: string;
  /** Base of its Web UI, which only the dev server has. */
  readonly temporalUi: string | undefined;
  readonly namespace: string;
  /** Environment variables for a tool such as the audit: it reaches everything directly, past the links. */
  readonly toolEnv: Readonly<Record<string, string>>;
  /** Maps a process of the plan of faults to the one of this shop; `undefined` where it has no such process. */
  readonly hit: (meant: string) => string | undefined;
  /** Stops everything and removes its data. */
  stop(options?: { keepLogs?: boolean }): Promise<void>;
}

const HOST = '127.0.0.1';
const WEBHOOK_SECRET = 'chaos-secret-of-the-webhook';
/** As docker-compose.yml runs it. */
const TEMPORAL = { shards: 128, plugin: 'postgres12_pgx' };

export async function startEnvironment({
  dir,
  temporal: wanted,
  progress,
  shop = 'gigabridge',
  env = {},
  shortLimits = false,
}: EnvironmentOptions): Promise<Environment> {
  const tools = await loadTools();
  await mkdir(dir, { recursive: true });
  const supervisor = tools.createSupervisor({
    logsDir: path.join(dir, 'logs'),
    print: () => undefined,
    restartPauseMs: 500,
    stopTimeoutMs: 5_000,
  });
  process.on('exit', () => supervisor.killAll());
  const links: Link[] = [];
  const stop = async ({ keepLogs = false } = {}): Promise<void> => {
    await supervisor.stopAll();
    await Promise.all(links.map((link) => link.close()));
    tools.removePostgresData(path.join(dir, 'postgres'));
    for (const name of keepLogs ? (await readdir(dir)).filter((one) => one !== 'logs') : [''])
      await rm(path.join(dir, name), { recursive: true, force: true });
  };
  try {
    if (shop === 'naive') {
      const database = await progress.step('PostgreSQL', async (step) => startDatabase(tools, supervisor, dir, step));
      const engines: Engines = {
        temporal: 'none',
        databaseUrl: database.url,
        botDatabaseUrl: database.botUrl,
        redisUrl: '',
        temporalAddress: '',
        temporalUi: undefined,
      };
      return {
        ...engines,
        ...(await startNaive(tools, supervisor, engines, links, progress)),
        supervisor,
        links,
        stop,
      };
    }
    const engines = await startEngines(tools, supervisor, dir, wanted, progress);
    const built = shortLimits ? await copyWithShortLimits(dir) : path.join(ROOT, 'dist');
    return {
      ...engines,
      ...(await startShop(tools, supervisor, dir, built, engines, links, progress, env)),
      supervisor,
      links,
      stop,
    };
  } catch (error) {
    supervisor.killAll();
    throw error;
  }
}

/** Flushed to disk: what it has confirmed survives its kill. */
async function startDatabase(tools: Tools, supervisor: Supervisor, dir: string, step: Step) {
  return tools.startPostgres({
    supervisor,
    step,
    dataDir: path.join(dir, 'postgres'),
    port: await tools.freePort(),
    database: 'gigabridge',
  });
}

interface Engines extends Pick<
  Environment,
  'temporal' | 'databaseUrl' | 'redisUrl' | 'temporalAddress' | 'temporalUi'
> {
  /** The same database as the user that bots are given. */
  readonly botDatabaseUrl: string;
}

async function startEngines(
  tools: Tools,
  supervisor: Supervisor,
  dir: string,
  wanted: EnvironmentOptions['temporal'],
  progress: Progress,
): Promise<Engines> {
  const [database, redis] = await Promise.all([
    progress.step('PostgreSQL', async (step) => startDatabase(tools, supervisor, dir, step)),
    progress.step('Redis', async (step) =>
      tools.startRedis({
        supervisor,
        step,
        program: await tools.ensureRedisServer(step),
        dataDir: path.join(dir, 'redis'),
        port: await tools.freePort(),
      }),
    ),
  ]);
  const temporal = await progress.step('Temporal', async (step) => {
    const programs =
      wanted === 'dev'
        ? undefined
        : await tools
            .ensureTemporalServer(step, progress.log)
            .catch((error: unknown) => (wanted === 'auto' ? undefined : Promise.reject(error as Error)));
    if (programs) {
      const { address } = await tools.startTemporalOnPostgres({
        ...{
          supervisor,
          step,
          programs,
          databaseUrl: database.url,
          dir: path.join(dir, 'temporal'),
          ...TEMPORAL,
          restart: true,
        },
        dynamicConfig: path.join(ROOT, 'ops/temporal/dynamic-config.yaml'),
      });
      return {
        address,
        uiUrl: undefined,
        words: `production server on PostgreSQL ${database.version}, ${TEMPORAL.shards} shards`,
      };
    }
    const cli = await tools.ensureTemporalCli(step, progress.log);
    const { address, uiUrl } = await tools.startTemporal({
      supervisor,
      step,
      cli,
      port: await tools.freePort(),
      uiPort: await tools.freePort(),
      stateFile: path.join(dir, 'temporal.db'),
    });
    return { address, uiUrl, words: 'dev server with a file (SQLite)' };
  });
  return {
    temporal: temporal.words,
    databaseUrl: database.url,
    botDatabaseUrl: database.botUrl,
    redisUrl: redis.url,
    temporalAddress: temporal.address,
    temporalUi: temporal.uiUrl,
  };
}

async function startShop(
  tools: Tools,
  supervisor: Supervisor,
  dir: string,
  built: string,
  engines: Engines,
  links: Link[],
  progress: Progress,
  extra: Readonly<Record<string, string>>,
) {
  return progress.step('Shop', async (step) => {
    const link = linkMaker(links);
    const ports = new Map<OurProcess, number>();
    for (const name of OUR_PROCESSES) ports.set(name, await tools.freePort());
    const publicPort = await link('outside → bots', 'bots', [ports.get('bot-1')!, ports.get('bot-2')!]);
    const publicUrl = `http://${HOST}:${publicPort}`;
    step.say('stand-ins');
    const standIns = await startStandIns(tools, supervisor, `${publicUrl}/webhooks/yookassa`);
    const panelPorts = new Map<PanelName, number>();
    // The catalogue has one address per panel for all workers, so they share the link to it.
    for (const { name } of PANELS) panelPorts.set(name, await link(`workers → ${name}`, 'panel', [standIns[name]]));
    const catalogFile = path.join(dir, 'catalog.json');
    await writeFile(catalogFile, JSON.stringify(catalogue((name) => panelPorts.get(name)!)));

    process.env['TEST_TEMPORAL_ADDRESS'] = engines.temporalAddress;
    const namespace = await createTestNamespace();
    const outside: Record<string, string> = {
      BOT_TOKEN,
      BOT_MODE: 'webhook',
      PUBLIC_URL: publicUrl,
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ADMIN_IDS: '1',
      YOOKASSA_SHOP_ID: YOOKASSA.id,
      YOOKASSA_WEBHOOK_IPS: '127.0.0.1/32,::1/128',
      TEMPORAL_NAMESPACE: namespace,
      HTTP_HOST: HOST,
      LOG_LEVEL: 'warn',
      PAYMENT_POLL_INTERVAL: '2s',
      PAYMENT_POLL_TIMEOUT: '20s',
      BUYER_REFUND_WITHIN: '24h',
      CATALOG_FILE: catalogFile,
      ...extra,
    };
    type Ports = Record<Engine | 'telegram' | 'yookassa', number>;
    /** As docker-compose.yml does it: a bot has neither YooKassa's key nor the user that owns the tables. */
    const settingsOf = (program: 'bot' | 'worker', ports: Ports): Record<string, string> => {
      const isBot = program === 'bot';
      return {
        ...outside,
        ...(!isBot && { YOOKASSA_SECRET_KEY: YOOKASSA.key }),
        TELEGRAM_API_ROOT: `http://${HOST}:${ports.telegram}`,
        YOOKASSA_API_URL: `http://${HOST}:${ports.yookassa}/v3`,
        DATABASE_URL: through(isBot ? engines.botDatabaseUrl : engines.databaseUrl, ports.postgres),
        REDIS_URL: through(engines.redisUrl, ports.redis),
        TEMPORAL_ADDRESS: `${HOST}:${ports.temporal}`,
      };
    };
    const direct = {
      postgres: Number(new URL(engines.databaseUrl).port),
      redis: Number(new URL(engines.redisUrl).port),
      temporal: Number(engines.temporalAddress.split(':')[1]),
      telegram: standIns.telegram,
      yookassa: standIns.yookassa,
    };
    step.say('bots and workers');
    const specs: ProcessSpec[] = [];
    for (const name of OUR_PROCESSES) {
      const own = { ...direct };
      for (const dependency of Object.keys(direct) as (keyof typeof direct)[])
        own[dependency] = await link(`${name} → ${dependency}`, dependency, [direct[dependency]], name);
      const port = ports.get(name)!;
      const program = name.startsWith('bot') ? 'bot' : 'worker';
      specs.push({
        name,
        stage: 4,
        command: process.execPath,
        args: [...CODE_CACHE, path.join(built, program, 'main.js')],
        cwd: ROOT,
        env: { ...settingsOf(program, own), HTTP_PORT: String(port) },
        ready: async () => (await fetch(`http://${HOST}:${port}/readyz`)).ok,
        readyTimeoutMs: 90_000,
      });
    }
    await Promise.all(specs.map((spec) => supervisor.start(spec)));
    await waitUntil(
      async () =>
        (await control<{ webhookUrl: string | null }>(`${urlsOf(standIns).telegram}/_sim/bot`)).webhookUrl !== null,
      { what: 'Telegram knows where to deliver', timeoutMs: 30_000 },
    );
    step.say(`2 bots, 2 workers, ${links.length} links`);
    return {
      namespace,
      urls: urlsOf(standIns),
      toolEnv: settingsOf('worker', direct),
      hit: (meant: string) => meant,
    };
  });
}

type LinkMaker = (name: string, dependency: string, targets: readonly number[], owner?: string) => Promise<number>;

function linkMaker(links: Link[]): LinkMaker {
  return async (name, dependency, targets, owner) => {
    const made = await new Link({ name, dependency, targets, ...(owner === undefined ? {} : { owner }) }).listen();
    links.push(made);
    return made.port;
  };
}

const through = (url: string, port: number): string => Object.assign(new URL(url), { port: String(port) }).href;

function urlsOf(standIns: Record<StandInName, number>): Environment['urls'] {
  const url = (name: StandInName) => `http://${HOST}:${standIns[name]}`;
  return { telegram: url('telegram'), yookassa: url('yookassa'), 'panel-1': url('panel-1'), 'panel-2': url('panel-2') };
}

/** The plain shop: one process, which gets the faults that the plan has for worker 1 or bot 1. */
async function startNaive(
  tools: Tools,
  supervisor: Supervisor,
  { databaseUrl }: Engines,
  links: Link[],
  progress: Progress,
) {
  return progress.step('Shop', async () => {
    const link = linkMaker(links);
    const standIns = await startStandIns(tools, supervisor, undefined);
    const [postgres, telegram, yookassa] = await Promise.all([
      link('shop → postgres', 'postgres', [Number(new URL(databaseUrl).port)], 'shop'),
      link('shop → telegram', 'telegram', [standIns.telegram], 'shop'),
      link('shop → yookassa', 'yookassa', [standIns.yookassa], 'shop'),
    ]);
    const panels: Record<string, { adminUrl: string; apiKey: string }> = {};
    for (const { name } of PANELS)
      panels[name] = {
        adminUrl: `http://${HOST}:${await link(`shop → ${name}`, 'panel', [standIns[name]])}/${PANEL['admin-path']}`,
        apiKey: PANEL['admin-key'],
      };
    await supervisor.start({
      name: 'shop',
      stage: 4,
      command: process.execPath,
      args: ['--import', 'tsx', path.join(ROOT, 'chaos/naive/naiveShop.ts')],
      cwd: ROOT,
      env: {
        BOT_TOKEN,
        TELEGRAM_API_ROOT: `http://${HOST}:${telegram}`,
        YOOKASSA_SHOP_ID: YOOKASSA.id,
        YOOKASSA_SECRET_KEY: YOOKASSA.key,
        YOOKASSA_API_URL: `http://${HOST}:${yookassa}/v3`,
        DATABASE_URL: through(databaseUrl, postgres),
        NAIVE_PANELS: JSON.stringify(panels),
        NAIVE_POLL_EVERY_MS: '2000',
        NAIVE_POLL_FOR_MS: '20000',
      },
      ready: () => tools.canConnect(telegram),
    });
    return {
      namespace: '',
      urls: urlsOf(standIns),
      toolEnv: {},
      hit: (meant: string) =>
        /^(worker|bot)-1$/.test(meant) ? 'shop' : /^(worker|bot)-2$/.test(meant) ? undefined : meant,
    };
  });
}
