import { describe, expect, it } from '@jest/globals';
import {
  readBotSettings,
  readSettings,
  readSomeSettings,
  readWorkerSettings,
  SettingsError,
  type Settings,
} from '../../src/config/settings';
import { YOOKASSA_WEBHOOK_RANGES } from '../../src/gateways/yookassa/webhookIps';

const GOOD = {
  BOT_TOKEN: '123456789:AAEabcdefghijklmnopqrstuvwxyz012345',
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'live_abcdefghijklmnop',
  DATABASE_URL: 'postgres://shop:password@db.example:5432/gigabridge',
  REDIS_URL: 'redis://redis.example:6379',
};
const NEEDED = Object.keys(GOOD).sort();

/** The problems found, by variable. */
function problemsOf(environment: Record<string, string | undefined>): Record<string, string> {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError)
      return Object.fromEntries(error.problems.map(({ name, problem }) => [name, problem]));
    throw error;
  }
  return {};
}
const messageOf = (environment: Record<string, string | undefined>): string => {
  try {
    readSettings(environment);
  } catch (error) {
    return String((error as Error).stack) + JSON.stringify(error);
  }
  return '';
};

describe('what is missing', () => {
  it('is listed all at once, each by its name and with an example', () => {
    const problems = problemsOf({});
    expect(Object.keys(problems).sort()).toEqual(NEEDED);
    expect(new Set(Object.values(problems))).toEqual(new Set(['is missing']));
    const message = messageOf({});
    for (const name of NEEDED)
      expect(message).toMatch(new RegExp(`^  ${name}: is missing\\. Example: ${name}=\\S+`, 'm'));
  });

  it('an empty string, or blanks, count as absent: compose files write them', () => {
    const empty = Object.fromEntries(NEEDED.map((name) => [name, '']));
    expect(Object.keys(problemsOf(empty)).sort()).toEqual(NEEDED);
    expect(Object.keys(problemsOf({ ...empty, BOT_TOKEN: '  \t' })).sort()).toEqual(NEEDED);
    const settings = readSettings({
      ...GOOD,
      PUBLIC_URL: '',
      LOG_LEVEL: ' ',
      ADMIN_IDS: '',
      CATALOG_FILE: '',
      YOOKASSA_API_URL: '',
    });
    expect(settings).toMatchObject({
      PUBLIC_URL: undefined,
      LOG_LEVEL: 'info',
      ADMIN_IDS: [],
      CATALOG_FILE: undefined,
      YOOKASSA_API_URL: 'https://api.yookassa.ru/v3',
    });
  });

  it('with the needed ones alone the shop starts on the published defaults', () => {
    expect(readSettings(GOOD)).toMatchObject({
      TELEGRAM_API_ROOT: 'https://api.telegram.org',
      BOT_MODE: 'polling',
      YOOKASSA_WEBHOOK_IPS: [...YOOKASSA_WEBHOOK_RANGES],
      TEMPORAL_ADDRESS: 'localhost:7233',
      TEMPORAL_NAMESPACE: 'default',
      HTTP_PORT: 8080,
      PAYMENT_POLL_INTERVAL: 10_000,
      PAYMENT_POLL_TIMEOUT: 300_000,
      REFUND_AFTER: 86_400_000,
      TRUSTED_PROXIES: 0,
    } satisfies Partial<Settings>);
  });
});

/** Malformed values of every variable that can be malformed; each holds SECRET, which must not be shown to anybody. */
const MALFORMED: Record<string, string[]> = {
  BOT_TOKEN: ['SECRET', '123456789', '123456789:SECRET with blanks', 'bot123456789:AAESECRETAAESECRET'],
  TELEGRAM_API_ROOT: ['SECRET', 'ftp://SECRET', 'api.telegram.org/SECRET', 'javascript:SECRET'],
  BOT_MODE: ['SECRET', 'POLLING', 'both'],
  PUBLIC_URL: [
    'SECRET',
    'shop.example.com',
    'tg://SECRET',
    'https://shop.example.com/?SECRET',
    'https://shop.example.com#SECRET',
    'https://shop:SECRET@shop.example.com',
  ],
  TELEGRAM_WEBHOOK_SECRET: ['SECRET', 'SECRET SECRET SECRET', 'SECRET'.repeat(50)],
  ADMIN_IDS: ['SECRET', '1,SECRET', '-100123', '1;2', '1.5', '9999999999999999'],
  YOOKASSA_SHOP_ID: ['SECRET', '100 500', '-1'],
  YOOKASSA_SECRET_KEY: ['SECRET'],
  YOOKASSA_API_URL: ['SECRET', '//SECRET', 'file:///SECRET'],
  YOOKASSA_WEBHOOK_IPS: ['SECRET', '185.71.76.0/33', '185.71.76', '10.0.0.0/8,SECRET'],
  YOOKASSA_RECEIPT_EMAIL: ['SECRET', 'SECRET@', 'a b@SECRET.example'],
  YOOKASSA_RECEIPT_CONTACT: ['SECRET', 'phone', 'EMAIL'],
  YOOKASSA_VAT_CODE: ['SECRET', '0', '13', '1.5'],
  TRUSTED_PROXIES: ['SECRET', '-1', '100'],
  DATABASE_URL: [
    'SECRET',
    'mysql://shop:SECRET@db/x',
    'shop:SECRET@db',
    'postgres://shop:SECRET#1@db:5432/x',
    'postgres://shop:1#SECRET@db:5432/x',
    'postgres://shop:SECRET/1@db:5432/x',
    'postgres://shop:1?SECRET@db:5432/x',
    'postgres://shop:SECRET%1@db:5432/x',
    'postgres://shop:SECRET',
  ],
  BOT_DATABASE_USER: ['SECRET', 'worker', 'SHARED'],
  REDIS_URL: [
    'SECRET',
    'http://:SECRET@redis',
    'redis://:SECRET@redis:6379/1',
    'redis://:SECRET@redis:6379?db=5',
    'redis://:SECRET@redis:6379/?db=0&family=6',
    'redis://:SEC#RET@redis:6379',
  ],
  TEMPORAL_ADDRESS: ['SECRET', 'http://SECRET:7233', 'temporal:SECRET', ':7233'],
  TEMPORAL_UI_URL: ['SECRET'],
  HTTP_PORT: ['SECRET', '65536', '-1', '8080x', '0x50'],
  LOG_LEVEL: ['SECRET', 'verbose', 'INFO'],
  PAYMENT_POLL_INTERVAL: ['SECRET', '10', '0s', '-10s', '10 s', '11m', '999999999d'],
  PAYMENT_POLL_TIMEOUT: ['SECRET', '5', '61m', '999999999d'],
  REFUND_AFTER: ['SECRET', '24', 'tomorrow', '31d', '999999999d'],
  BUYER_REFUND_WITHIN: ['SECRET', '91d', '999999999d'],
  REFERRAL_DAYS: ['SECRET', '-1', '91', '7d', '1.5'],
  REFERRAL_PURCHASES: ['SECRET', 'all', 'EACH'],
  REFERRAL_SECOND_LEVEL_DAYS: ['SECRET', '-1', '91', '2d'],
  REFERRAL_MAX_PER_MONTH: ['SECRET', '0', '1001', '2.5'],
  GIFTS: ['SECRET', 'true', 'OFF', '1'],
  REVOKED_GIFT_DISCOUNT: ['SECRET', '20', '101%'],
  SUBSCRIPTION_GRACE: ['SECRET', '25h', '999999999d'],
  WEBHOOK_RETENTION: ['SECRET', '3651d', '999999999d'],
  PERSONAL_DATA_RETENTION: ['SECRET', '3651d', '999999999d'],
  NOTIFICATION_RETENTION: ['SECRET', '3651d', '999999999d'],
  PANEL_SAMPLE_RETENTION: ['SECRET', '3651d', '999999999d'],
};

describe('what is malformed', () => {
  it.each(Object.entries(MALFORMED).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%s is refused by name, without its value',
    (name, value) => {
      const environment = { ...GOOD, [name]: value };
      expect(Object.keys(problemsOf(environment))).toEqual([name]);
      expect(problemsOf(environment)[name]).not.toBe('is missing');
      const message = messageOf(environment);
      expect(message).toContain(`Example: ${name}=`);
      // The names of two variables contain the word SECRET, which is no leak.
      expect(message.replaceAll(/YOOKASSA_SECRET_KEY|TELEGRAM_WEBHOOK_SECRET/g, '')).not.toContain('SECRET');
    },
  );

  it('everything wrong at once is told at once, in the order of the documentation', () => {
    const everything = Object.fromEntries(Object.entries(MALFORMED).map(([name, [value]]) => [name, value]));
    expect(Object.keys(problemsOf(everything))).toEqual(Object.keys(MALFORMED));
    expect(messageOf(everything).replaceAll(/YOOKASSA_SECRET_KEY|TELEGRAM_WEBHOOK_SECRET/g, '')).not.toContain(
      'SECRET',
    );
  });

  it('missing and malformed ones are told together', () => {
    expect(problemsOf({ ...GOOD, BOT_TOKEN: undefined, HTTP_PORT: 'eighty', LOG_LEVEL: 'loud' })).toEqual({
      BOT_TOKEN: 'is missing',
      HTTP_PORT: 'must be a port number',
      LOG_LEVEL: expect.stringContaining('must be trace'),
    });
  });
});

describe('a setting that ends in a date', () => {
  it('makes one that can be computed with, whatever length is accepted', () => {
    const longest = {
      PAYMENT_POLL_INTERVAL: '10m',
      PAYMENT_POLL_TIMEOUT: '1h',
      REFUND_AFTER: '30d',
      BUYER_REFUND_WITHIN: '90d',
      SUBSCRIPTION_GRACE: '24h',
      WEBHOOK_RETENTION: '3650d',
      PERSONAL_DATA_RETENTION: '3650d',
      NOTIFICATION_RETENTION: '3650d',
      PANEL_SAMPLE_RETENTION: '3650d',
    } satisfies Partial<Record<keyof Settings, string>>;
    const settings = readSettings({ ...GOOD, ...longest });
    for (const name of Object.keys(longest) as (keyof typeof longest)[]) {
      expect(() => new Date(Date.now() + settings[name]).toISOString()).not.toThrow();
      expect(() => new Date(Date.now() - settings[name]).toISOString()).not.toThrow();
    }
  });
});

describe('a password with a sign that must be encoded', () => {
  it.each(['#', '/', '?', '%'])('is what is named, not the beginning of the address: %s', (sign) => {
    for (const password of [`pass${sign}word`, `12${sign}x4`]) {
      const problem = problemsOf({ ...GOOD, DATABASE_URL: `postgres://shop:${password}@db.example:5432/shop` });
      expect(problem).toEqual({ DATABASE_URL: expect.stringContaining(`${sign} is ${encodeURIComponent(sign)}`) });
      expect(problem['DATABASE_URL']).not.toContain('starting with');
    }
    const encoded = `postgres://shop:pass${encodeURIComponent(sign)}word@db.example:5432/shop`;
    expect(problemsOf({ ...GOOD, DATABASE_URL: encoded })).toEqual({});
  });
  it('also where .env has cut the value off at the #', () => {
    expect(problemsOf({ ...GOOD, DATABASE_URL: 'postgres://shop:pass' })).toEqual({
      DATABASE_URL: expect.stringContaining('# is %23'),
    });
  });
});

describe('a name that is almost a setting’s', () => {
  it.each([
    ['BUYER_REFUND_WITIN', 'BUYER_REFUND_WITHIN'],
    ['REFUND_AFETR', 'REFUND_AFTER'],
    ['ADMIN_ID', 'ADMIN_IDS'],
    ['CATALOGUE_FILE', 'CATALOG_FILE'],
    ['public_url', 'PUBLIC_URL'],
  ])('%s is told as a slip for %s', (written, meant) => {
    expect(problemsOf({ ...GOOD, [written]: '1' })).toEqual({
      [meant]: `is not set, but ${written} is: correct that name, or set both`,
    });
    // Whoever sets the right one has another use for the other.
    const good = { ADMIN_IDS: '1', PUBLIC_URL: 'https://shop.example', CATALOG_FILE: './catalog.json' };
    expect(
      problemsOf({ ...GOOD, ...{ BUYER_REFUND_WITHIN: '1h', REFUND_AFTER: '1h' }, ...good, [written]: '1' }),
    ).toEqual({});
  });
  it('is told instead of "is missing"', () => {
    expect(problemsOf({ ...GOOD, BOT_TOKEN: '', BOT_TOKE: GOOD.BOT_TOKEN })).toEqual({
      BOT_TOKEN: 'is not set, but BOT_TOKE is: correct that name, or set both',
    });
  });
  it('an empty one, and names of other programs, are left alone', () => {
    const others = [
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'BOT_NAME',
      'TEMPORAL_CLI_PATH',
      'DATABASE_URI',
      'NODE_OPTIONS',
      'PORT',
    ];
    expect(
      problemsOf({ ...GOOD, BUYER_REFUND_WITIN: ' ', ...Object.fromEntries(others.map((name) => [name, 'x'])) }),
    ).toEqual({});
  });
});

describe('what is fine alone and wrong together', () => {
  it('webhook mode needs a public address and a secret', () => {
    expect(Object.keys(problemsOf({ ...GOOD, BOT_MODE: 'webhook' }))).toEqual([
      'PUBLIC_URL',
      'TELEGRAM_WEBHOOK_SECRET',
    ]);
    expect(
      problemsOf({
        ...GOOD,
        BOT_MODE: 'webhook',
        PUBLIC_URL: 'https://shop.example',
        TELEGRAM_WEBHOOK_SECRET: 'abcdefghijklmnop',
      }),
    ).toEqual({});
  });
  it('a watch must last at least one poll', () => {
    expect(problemsOf({ ...GOOD, PAYMENT_POLL_INTERVAL: '10m' })).toEqual({
      PAYMENT_POLL_TIMEOUT: 'is shorter than PAYMENT_POLL_INTERVAL',
    });
    expect(problemsOf({ ...GOOD, PAYMENT_POLL_INTERVAL: '5m' })).toEqual({});
  });
});

describe('a live key and a stand-in', () => {
  it.each([
    'http://localhost:9200/v3',
    'http://127.0.0.1:9200/v3',
    'http://127.1.2.3/v3',
    'https://localhost/v3',
    'http://[::1]:9200/v3',
    'http://LOCALHOST/v3',
    'http://0.0.0.0:9200/v3',
    'http://[::ffff:127.0.0.1]:9200/v3',
    'http://2130706433:9200/v3',
    'http://yookassa.localhost:9200/v3',
    'http://localhost.:9200/v3',
    'http://[::]:9200/v3',
  ])('never meet: YOOKASSA_API_URL=%s', (url) => {
    expect(Object.keys(problemsOf({ ...GOOD, YOOKASSA_API_URL: url }))).toEqual(['YOOKASSA_API_URL']);
  });

  it('nor with a stand-in for Telegram, nor when this machine or everybody may send webhooks', () => {
    expect(Object.keys(problemsOf({ ...GOOD, TELEGRAM_API_ROOT: 'http://127.0.0.1:9000' }))).toEqual([
      'TELEGRAM_API_ROOT',
    ]);
    for (const ranges of [
      '127.0.0.1',
      '127.0.0.0/8',
      '::1',
      '0.0.0.0/0',
      '::/0',
      '185.71.76.0/27,127.0.0.1',
      '0:0:0:0:0:0:0:1',
      '64.0.0.0/2',
      '::ffff:127.0.0.1',
    ]) {
      expect([ranges, ...Object.keys(problemsOf({ ...GOOD, YOOKASSA_WEBHOOK_IPS: ranges }))]).toEqual([
        ranges,
        'YOOKASSA_WEBHOOK_IPS',
      ]);
    }
  });

  it('a live key does not travel over plain http', () => {
    expect(Object.keys(problemsOf({ ...GOOD, YOOKASSA_API_URL: 'http://yookassa-stand-in:9200/v3' }))).toEqual([
      'YOOKASSA_API_URL',
    ]);
  });

  it('a test key may talk to both, a live one to hosts that only look like this machine', () => {
    expect(
      problemsOf({
        ...GOOD,
        YOOKASSA_SECRET_KEY: 'test_demo',
        YOOKASSA_API_URL: 'http://127.0.0.1:9200/v3',
        TELEGRAM_API_ROOT: 'http://localhost:9000',
        YOOKASSA_WEBHOOK_IPS: '127.0.0.1',
      }),
    ).toEqual({});
    expect(
      problemsOf({
        ...GOOD,
        YOOKASSA_API_URL: 'https://localhost.proxy.example/v3',
        YOOKASSA_WEBHOOK_IPS: '10.0.0.0/8',
      }),
    ).toEqual({});
  });
});

describe('what is read', () => {
  it('comes out in the units the code uses, addresses without a slash at the end', () => {
    const settings = readSettings({
      ...GOOD,
      PUBLIC_URL: 'https://shop.example/',
      ADMIN_IDS: ' 12345678 , 87654321,',
      PAYMENT_POLL_INTERVAL: '2s',
      HTTP_PORT: '0',
      YOOKASSA_VAT_CODE: '12',
      BOT_TOKEN: ` ${GOOD.BOT_TOKEN}\n`,
      TEMPORAL_ADDRESS: '[::1]:7233',
    });
    expect(settings).toMatchObject({
      PUBLIC_URL: 'https://shop.example',
      ADMIN_IDS: [12_345_678, 87_654_321],
      PAYMENT_POLL_INTERVAL: 2_000,
      HTTP_PORT: 0,
      YOOKASSA_VAT_CODE: 12,
      BOT_TOKEN: GOOD.BOT_TOKEN,
    });
  });

  it('a tool reads only what it needs, and is told of all of that at once', () => {
    expect(readSomeSettings(['DATABASE_URL'], { DATABASE_URL: GOOD.DATABASE_URL, BOT_TOKEN: 'nonsense' })).toEqual({
      DATABASE_URL: GOOD.DATABASE_URL,
    });
    const read = () =>
      readSomeSettings(['DATABASE_URL', 'TEMPORAL_ADDRESS', 'REDIS_URL'], { REDIS_URL: 'redis://x/1' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/DATABASE_URL: is missing[^]*REDIS_URL: must not name a database/);
  });
});

describe('the bot, which faces the internet', () => {
  const { YOOKASSA_SECRET_KEY: _key, YOOKASSA_SHOP_ID: _shop, ...mine } = GOOD;

  it('starts without a key of YooKassa, and would not look at one', () => {
    const settings = readBotSettings({ ...mine, YOOKASSA_SECRET_KEY: 'x', WEBHOOK_RETENTION: 'nonsense' });
    expect(settings).toMatchObject({ BOT_MODE: 'polling', REFUND_AFTER: 86_400_000 });
    expect(Object.keys(settings).filter((name) => /SECRET_KEY|SHOP_ID|CATALOG/.test(name))).toEqual([]);
  });

  it('is told of its own mistakes as every process is', () => {
    expect(() => readBotSettings({ ...mine, BOT_MODE: 'webhook', REDIS_URL: 'redis://x/1' })).toThrow(/REDIS_URL/);
    expect(() => readBotSettings({ ...mine, BOT_MODE: 'webhook' })).toThrow(/PUBLIC_URL[^]*TELEGRAM_WEBHOOK_SECRET/);
  });
});

it('the worker does not look at what only the bot reads, and refuses a stand-in beside a live key', () => {
  const settings = readWorkerSettings({ ...GOOD, BOT_MODE: 'webhook', PUBLIC_URL: 'https://shop.example.com' });
  expect(Object.keys(settings).filter((name) => /WEBHOOK_SECRET|TRUSTED_PROXIES|BOT_DATABASE_USER/.test(name))).toEqual(
    [],
  );
  const standIn = { YOOKASSA_SECRET_KEY: 'live_abcdefghijklmnop', TELEGRAM_API_ROOT: 'http://localhost:1' };
  expect(() => readWorkerSettings({ ...GOOD, ...standIn })).toThrow(/TELEGRAM_API_ROOT: points to this machine/);
});
