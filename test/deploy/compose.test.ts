import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DCLinter } from 'dclint';
import {
  BOT_SETTINGS,
  readBotSettings,
  readSettings,
  readWorkerSettings,
  SettingsError,
  WORKER_SETTINGS,
} from '../../src/config/settings';
import { composeAsWritten, composeWith, envExample, fileText, ROOT, type Service } from './compose';

const FILLED_IN = {
  BOT_TOKEN: '123456789:AAEabcdefghijklmnopqrstuvwxyz012345',
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'live_abcdefghijklmnop',
  POSTGRES_PASSWORD: 'secret-of-postgres',
  APP_DB_PASSWORD: 'secret-of-app',
  BOT_DB_PASSWORD: 'secret-of-bot',
  TEMPORAL_DB_PASSWORD: 'secret-of-temporal',
  REDIS_PASSWORD: 'secret-of-redis',
};
const compose = composeWith(FILLED_IN);
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
};
const environmentOf = (name: string) => service(name).environment ?? {};

/** Ends by itself, and others wait for that. */
const isJob = (name: string) =>
  services.some(([, other]) => other.depends_on?.[name]?.condition === 'service_completed_successfully');

const seconds = (duration: string | undefined) => Number(/^(\d+)s$/.exec(duration ?? '')?.[1]);

/** What a process needs to know; the rest have defaults. */
const MANDATORY = (() => {
  try {
    readSettings({});
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
  }
  throw new Error('readSettings({}) did not name what is mandatory');
})();
const MINIMUM = {
  BOT_TOKEN: FILLED_IN.BOT_TOKEN,
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'live_abcdefghijklmnop',
  DATABASE_URL: 'postgres://shop:password@localhost/gigabridge',
  REDIS_URL: 'redis://localhost:6379',
};
const defaults: Readonly<Record<string, unknown>> = { ...readSettings(MINIMUM) };
const settingNames = Object.keys(defaults);

describe('docker-compose.yml', () => {
  it('is what Docker Compose understands: no misspelt key, no value of the wrong kind', () => {
    const style = [
      'service-keys-order',
      'services-alphabetical-order',
      'top-level-properties-order',
      'no-quotes-in-volumes',
    ];
    const linter = new DCLinter({
      rules: Object.fromEntries(style.map((rule) => [rule, 0 as const])),
      quiet: true,
      debug: false,
      exclude: [],
    });
    const [result] = linter.lintFiles([path.join(ROOT, 'docker-compose.yml')], false);
    expect(result?.messages).toEqual([]);
  });

  it.each(
    services.filter(([, { image }]) => !image.startsWith('gigabridge:')).map(([name, { image }]) => ({ name, image })),
  )('runs the same $name tomorrow as today: $image', ({ image }) => {
    expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$/);
  });

  it('runs the release before beside today’s when it is asked for: its own image, never built, no catalogue', () => {
    const { image, build, profiles, environment = {}, ...rest } = service('worker-previous');
    expect({ image, build, profiles }).toEqual({ image: 'gigabridge:previous', profiles: ['previous'] });
    const { image: _image, build: _build, environment: today = {}, volumes: _volumes, ...same } = service('worker');
    expect(rest).toEqual(same);
    const { CATALOG_FILE: _file, ...settings } = today;
    expect(environment).toEqual(settings);
    for (const name of ['worker', 'bot'])
      expect(service(name)).toMatchObject({ image: 'gigabridge:local', build: '.' });
  });

  it.each(services.map(([name, own]) => ({ name, own })))(
    'knows when $name works, or waits for its end',
    ({ name, own }) => {
      if (isJob(name)) expect(own.restart).toMatch(/^on-failure/);
      else {
        expect(own.healthcheck?.test.length).toBeGreaterThan(1);
        expect(own.restart).toBe('unless-stopped');
      }
    },
  );

  it.each(services.map(([name, own]) => ({ name, own })))(
    'keeps $name from filling the disk or the memory',
    ({ own }) => {
      expect(own.logging?.options).toMatchObject({ 'max-size': expect.any(String), 'max-file': expect.any(String) });
      expect(own.deploy?.resources?.limits).toMatchObject({ memory: expect.any(String), cpus: expect.any(String) });
    },
  );

  it('starts no process before what it needs is there', () => {
    expect(service('temporal-schema').depends_on).toMatchObject({ postgres: { condition: 'service_healthy' } });
    expect(service('temporal').depends_on).toMatchObject({
      'temporal-schema': { condition: 'service_completed_successfully' },
    });
    expect(service('temporal-namespace').depends_on).toMatchObject({ temporal: { condition: 'service_healthy' } });
    for (const name of ['bot', 'worker']) {
      expect(service(name).depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
        temporal: { condition: 'service_healthy' },
        'temporal-namespace': { condition: 'service_completed_successfully' },
      });
    }
  });

  it('lets a call that moves money end before the process is killed', () => {
    const worker = Number(/shutdownForceTime: '(\d+)s'/.exec(fileText('src/worker/createWorkers.ts'))?.[1]);
    const bot = Number(/STOP_WITHIN_MS = ([\d_]+)/.exec(fileText('src/bot/main.ts'))?.[1]?.replaceAll('_', '')) / 1000;
    expect(seconds(service('worker').stop_grace_period)).toBeGreaterThan(worker);
    expect(seconds(service('bot').stop_grace_period)).toBeGreaterThan(bot);
  });

  it('publishes the bot and the Web UI on this machine only, and Grafana where it is asked for', () => {
    const published = services.flatMap(([name, { ports = [], profiles = [] }]) =>
      ports.map((port) => [name, port, profiles.join()]),
    );
    expect(published).toEqual([
      ['bot', '127.0.0.1:8080:8080', ''],
      ['temporal-ui', '127.0.0.1:8233:8080', ''],
      ['grafana', '127.0.0.1:3000:3000', 'monitoring'],
    ]);
  });

  it('gives databases and Temporal no way to the outside, and nobody a way to the host', () => {
    expect(compose.networks['inside']).toEqual({ internal: true });
    for (const name of ['postgres', 'redis', 'temporal', 'temporal-schema', 'temporal-namespace'])
      expect(service(name).networks).toEqual(['inside']);
    for (const [, own] of services) {
      expect(own.privileged ?? own.network_mode).toBeUndefined();
      expect(JSON.stringify(own.volumes ?? [])).not.toContain('docker.sock');
    }
  });

  it('mounts only files that are there', () => {
    const mounted = services
      .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((from) => from.startsWith('./ops'));
    expect(mounted.length).toBeGreaterThan(5);
    expect(mounted.filter((from) => !existsSync(path.join(ROOT, from)))).toEqual([]);
  });

  it('keeps dialogs when the memory of Redis is full, and over a restart', () => {
    expect(fileText('ops/redis/start.sh')).toMatch(
      /maxmemory-policy volatile-lru\n[^]*appendonly yes\nappendfsync everysec/,
    );
    expect(compose.volumes).toHaveProperty('redis-data');
  });
});

describe('settings in docker-compose.yml', () => {
  it('start the worker, and the bot without a key to the money', () => {
    expect(() => readWorkerSettings(environmentOf('worker'))).not.toThrow();
    expect(() => readBotSettings(environmentOf('bot'))).not.toThrow();
  });

  it.each([
    [
      'bot',
      ['YOOKASSA_SHOP_ID', 'YOOKASSA_SECRET_KEY', 'POSTGRES_PASSWORD', 'APP_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD'],
    ],
    ['worker', ['POSTGRES_PASSWORD', 'BOT_DB_PASSWORD', 'TEMPORAL_DB_PASSWORD']],
  ] as const)('and no other container’s secret reaches the %s', (name, secrets) => {
    for (const secret of secrets) expect(JSON.stringify(service(name))).not.toContain(FILLED_IN[secret]);
  });

  it('and no folder with the panels’ keys is mounted into the bot', () => {
    expect(service('bot').volumes).toBeUndefined();
    expect(service('worker').volumes).toEqual(['./catalog:/catalog:ro']);
  });

  it.each(['bot', 'worker'])('are passed to the %s as far as it reads them, and no others', (name) => {
    const ofNode = ['NODE_OPTIONS'];
    const ofTheOther: readonly string[] = name === 'bot' ? WORKER_SETTINGS : BOT_SETTINGS;
    expect(
      Object.keys(environmentOf(name))
        .filter((variable) => !ofNode.includes(variable))
        .sort(),
    ).toEqual(settingNames.filter((variable) => !ofTheOther.includes(variable)).sort());
  });

  it('are the defaults where .env says nothing, but for what containers need', () => {
    const changed = Object.entries(readSettings({ ...environmentOf('bot'), ...environmentOf('worker') })).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
    );
    const given = Object.keys(FILLED_IN);
    expect(
      changed
        .map(([name]) => name)
        .filter((name) => !given.includes(name))
        .sort(),
    ).toEqual(['DATABASE_URL', 'HTTP_HOST', 'REDIS_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_UI_URL', 'TRUSTED_PROXIES']);
  });

  it.each(Object.keys(FILLED_IN))('stop everything with a sentence when %s is missing', (name) => {
    expect(() => composeWith({ ...FILLED_IN, [name]: '' })).toThrow(new RegExp(`^${name} is missing in \\.env\\. `));
  });

  it('cannot point the shop at a stand-in', () => {
    const standIns = {
      TELEGRAM_API_ROOT: 'http://localhost:1',
      YOOKASSA_API_URL: 'http://localhost:2/v3',
      DATABASE_URL: 'postgres://localhost/demo',
      REDIS_URL: 'redis://localhost',
      TEMPORAL_ADDRESS: 'localhost:3',
    };
    expect(composeWith({ ...FILLED_IN, ...standIns })).toEqual(compose);
    expect(environmentOf('worker')).toMatchObject({
      TELEGRAM_API_ROOT: 'https://api.telegram.org',
      YOOKASSA_API_URL: 'https://api.yookassa.ru/v3',
    });
    expect(fileText('.dockerignore')).not.toMatch(/^!(simulators|demo|test)/m);
  });

  it.each([
    ['worker', 'gigabridge', FILLED_IN.APP_DB_PASSWORD],
    ['bot', 'gigabridge_bot', FILLED_IN.BOT_DB_PASSWORD],
  ])(
    'name the database that init.sh creates to the %s, with a user and a password of its own',
    (name, user, password) => {
      const url = new URL(environmentOf(name)['DATABASE_URL'] ?? '');
      expect([url.username, url.password, url.pathname]).toEqual([user, password, '/gigabridge']);
      expect(fileText('ops/postgres/init.sh')).toContain(`CREATE ROLE ${user} LOGIN PASSWORD`);
      expect(fileText('ops/postgres/init.sh')).toContain('CREATE DATABASE gigabridge OWNER gigabridge;');
    },
  );

  it('register the search attributes that the workflows use', () => {
    const registered = /ATTRIBUTES='([^']*)'/.exec(fileText('ops/temporal/setup-namespace.sh'))?.[1];
    expect(registered).toBe('PaymentStatus=Keyword TelegramUserId=Keyword NeedsAttention=Bool');
  });
});

/** What `npm start` reads, and no process: it becomes the DATABASE_URL of the bot. */
const OF_NPM_START = ['BOT_DATABASE_URL'];

/** Settings that are refused without another one. */
const TOGETHER: Readonly<Record<string, Record<string, string>>> = {
  TEMPORAL_TLS_CLIENT_CERT_PATH: { TEMPORAL_TLS_CLIENT_KEY_PATH: './temporal-client.key' },
  TEMPORAL_TLS_CLIENT_KEY_PATH: { TEMPORAL_TLS_CLIENT_CERT_PATH: './temporal-client.pem' },
};

describe('.env.example', () => {
  const { set, shown } = envExample();
  const written = JSON.stringify(composeAsWritten());
  const ofCompose = [...new Set([...written.matchAll(/(?<!\$)\$\{([A-Z_]+):/g)].map((match) => match[1] ?? ''))];
  /** What compose makes of a variable that .env leaves out. */
  const composeDefault = (name: string) => new RegExp(`\\$\\{${name}:-([^{}$]+)\\}`).exec(written)?.[1];

  it('lists every setting and every variable of docker-compose.yml once, and nothing else', () => {
    const lines = [...fileText('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map((match) => match[1] ?? '');
    expect(lines.toSorted()).toEqual([...new Set([...settingNames, ...ofCompose, ...OF_NPM_START])].sort());
  });

  it('leaves empty what must be filled in', () => {
    const empty = Object.entries(set)
      .filter(([, value]) => value === '')
      .map(([name]) => name);
    expect(empty.toSorted()).toEqual([...Object.keys(FILLED_IN), 'ADMIN_IDS'].sort());
  });

  it.each(MANDATORY.map(({ name, example }) => ({ name, example })))(
    'shows an example of $name',
    ({ name, example }) => {
      const comment = new RegExp(`((?:^# .*\\n)+)#?${name}=`, 'm').exec(fileText('.env.example'))?.[1];
      expect(comment?.replaceAll(/\n# /g, ' ')).toContain(`Example: ${example}`);
    },
  );

  it.each(settingNames.filter((name) => shown[name]).map((name) => ({ name, value: shown[name] ?? '' })))(
    'tells the truth about $name',
    ({ name, value }) => {
      const read = (variables: Record<string, string>) =>
        (readSettings({ ...MINIMUM, ...TOGETHER[name], ...variables }) as unknown as Record<string, unknown>)[name];
      const byCompose = composeDefault(name);
      if (byCompose !== undefined && JSON.stringify(read({ [name]: byCompose })) !== JSON.stringify(defaults[name]))
        expect(value).toBe(byCompose);
      // An example, where nothing is the default: it need only be accepted.
      else if (defaults[name] === undefined || name in MINIMUM) expect(read({ [name]: value })).toBeDefined();
      else expect(read({ [name]: value })).toEqual(defaults[name]);
    },
  );
});
