import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CatalogueFileError, parseCatalogue, readCatalogueFile } from '../../src/config/catalogueFile';

const KEY = '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69';
const ADMIN_PATH = 'AdminPath7f3Secret';

const good = (): any => ({
  locations: [{ code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '🇳🇱' }],
  servers: [
    {
      code: 'nl-1',
      location: 'nl',
      name: 'Amsterdam 1',
      panel: {
        adminUrl: `https://panel.example/${ADMIN_PATH}/`,
        apiKey: KEY,
        clientUrl: 'https://panel.example/ClientPath9k2/',
      },
      capacity: 100,
    },
  ],
  plans: [{ code: 'month', name: { ru: 'Месяц', en: 'Month' }, days: 30, trafficGb: 100, priceKopecks: 19_900 }],
});

/** The mistakes found in a good catalogue after one change. */
function mistakes(change: (file: any) => void): string[] {
  const file = good();
  change(file);
  try {
    parseCatalogue('catalog.json', file);
  } catch (error) {
    if (!(error instanceof CatalogueFileError)) throw error;
    expect(error.message).toMatch(/^catalog\.json has mistakes; nothing was changed:\n {2}/);
    return [...error.problems];
  }
  return [];
}
const paths = (change: (file: any) => void) => mistakes(change).map((mistake) => mistake.split(': ')[0]);

describe('a good catalogue', () => {
  it('is read with its defaults, addresses without a slash at the end', () => {
    expect(parseCatalogue('catalog.json', good())).toMatchObject({
      locations: [{ active: true }],
      servers: [
        {
          capacity: 100,
          active: true,
          panel: { adminUrl: `https://panel.example/${ADMIN_PATH}`, clientUrl: 'https://panel.example/ClientPath9k2' },
        },
      ],
      plans: [{ trafficGb: 100, active: true }],
    });
  });
  it('may sell unlimited traffic and have servers without a limit, or nothing to sell at all', () => {
    const file = good();
    delete file.plans[0].trafficGb;
    delete file.servers[0].capacity;
    expect(parseCatalogue('c', file)).toMatchObject({ servers: [{ capacity: null }], plans: [{ trafficGb: null }] });
    expect(parseCatalogue('c', { locations: [], servers: [], plans: [] })).toEqual({
      locations: [],
      servers: [],
      plans: [],
      trial: {
        days: 3,
        trafficGb: 5,
        perDay: 50,
        perReferrerPerDay: 5,
        keep: true,
        priceKopecks: null,
        serverCodes: null,
        channel: null,
      },
    });
  });
  it('gives new people a trial unless it says otherwise: of other days, on some servers, to the members of a channel, or none', () => {
    const trial = (written: unknown) => parseCatalogue('c', { ...good(), trial: written }).trial;
    expect(
      trial({
        days: 7,
        trafficGb: null,
        perDay: 5,
        perReferrerPerDay: 2,
        keep: false,
        servers: ['nl-1'],
        channel: '@news',
      }),
    ).toEqual({
      days: 7,
      trafficGb: null,
      perDay: 5,
      perReferrerPerDay: 2,
      keep: false,
      priceKopecks: null,
      serverCodes: ['nl-1'],
      channel: '@news',
    });
    expect(trial({})).toMatchObject({ days: 3, trafficGb: 5, perDay: 50 });
    expect(trial(null)).toBeNull();
  });
  it('may write "no limit" as panels do, 1,000,000 GB; one less is a limit', () => {
    const sold = (trafficGb: number) => {
      const file = good();
      file.plans[0].trafficGb = trafficGb;
      return parseCatalogue('catalog.json', file).plans[0]!.trafficGb;
    };
    expect([sold(999_999), sold(1_000_000)]).toEqual([999_999, null]);
  });

  it('may let another server take over after a while, never by itself when it does not say so', () => {
    const file = good();
    expect(parseCatalogue('c', file)).toMatchObject({ locations: [{ takeOverAfterMs: null }] });
    file.locations[0].takeOverAfter = '15m';
    expect(parseCatalogue('c', file)).toMatchObject({ locations: [{ takeOverAfterMs: 900_000 }] });
  });
  it('may reach a panel over plain http on this machine only: a tunnel', () => {
    for (const host of ['127.0.0.1:9100', 'localhost', '[::1]:9100'])
      expect(paths((file) => (file.servers[0].panel.adminUrl = `http://${host}/${ADMIN_PATH}`))).toEqual([]);
    for (const host of ['panel.example', '10.0.0.1', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      expect(paths((file) => (file.servers[0].panel.adminUrl = `http://${host}/${ADMIN_PATH}`))).toEqual([
        'servers[0].panel.adminUrl',
      ]);
    }
  });
});

describe('what an owner pastes for a panel', () => {
  const USER = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
  const CLIENT = 'https://panel.example/ClientPath9k2';
  const ADMIN = `https://panel.example/${ADMIN_PATH}`;
  const panelOf = (panel: object) => {
    const file = good();
    Object.assign(file.servers[0].panel, panel);
    return parseCatalogue('c', file).servers[0]!.panel;
  };

  it.each([
    `${CLIENT}///`,
    `  ${CLIENT}/ `,
    `${CLIENT}/#Anna`,
    `${CLIENT}/${USER}`,
    `${CLIENT}/${USER}/#Anna`,
    `${CLIENT}/${USER.toUpperCase()}/?home=true`,
    `${CLIENT}/${USER}/sub64/?asn=unknown#Anna`,
    'HTTPS://Panel.Example:443//ClientPath9k2/',
    'https://panel.example./x/../ClientPath9k2',
  ])('clientUrl %s: the links of customers begin with what stands before the uuid', (clientUrl) => {
    expect(panelOf({ clientUrl }).clientUrl).toBe(CLIENT);
  });

  it.each([
    `${ADMIN}/${KEY}/`,
    `${ADMIN}/${KEY}/?force=1`,
    `${ADMIN}/admin/user/?page=2`,
    `${ADMIN}/api/v2/admin/user/`,
  ])('adminUrl %s: calls begin with the secret path', (adminUrl) => {
    expect(panelOf({ adminUrl }).adminUrl).toBe(ADMIN);
  });

  it.each([
    ['a query without an account, which would come before every uuid', `${CLIENT}?home=true`],
    ['a query after a slash', `${CLIENT}/?asn=unknown`],
    ['a name and a password', 'https://owner:word@panel.example/ClientPath9k2'],
    ['no secret path before the uuid', `https://panel.example/${USER}/`],
    ['a blank in the path', 'https://panel.example/Client Path'],
    ['the admin address', ADMIN],
    ['the admin address in other letters, with a page', `${ADMIN.replace('AdminPath', 'ADMINpath')}/admin/`],
    ['the admin path on another name of the panel', `https://cdn.example/${ADMIN_PATH}`],
    ['the link of the administrator', `${CLIENT}/${KEY}/`],
    ['the admin path in front of the client path', `${ADMIN}/ClientPath9k2`],
    ['an address of this machine beside a panel that is elsewhere', 'http://127.0.0.1:9100/ClientPath9k2'],
  ])('clientUrl with %s is refused by its path', (_what, clientUrl) => {
    expect(paths((file) => (file.servers[0].panel.clientUrl = clientUrl))).toEqual(['servers[0].panel.clientUrl']);
  });

  it('one panel’s admin address is refused for the customers of another one, too', () => {
    const second = (file: any) => ({ ...file.servers[0], code: 'nl-2', panel: { ...file.servers[0].panel } });
    expect(
      paths((file) => {
        file.servers.push(second(file));
        Object.assign(file.servers[1].panel, { adminUrl: 'https://two.example/Other', clientUrl: ADMIN });
      }),
    ).toEqual(['servers[1].panel.clientUrl']);
    // Two servers of one panel share both addresses, and a panel on this machine is tried with its own links.
    expect(paths((file) => file.servers.push(second(file)))).toEqual([]);
    expect(
      paths((file) => {
        file.servers[0].panel.adminUrl = `http://localhost:9100/${ADMIN_PATH}`;
        file.servers[0].panel.clientUrl = 'http://localhost:9100/ClientPath9k2';
      }),
    ).toEqual([]);
  });
});

describe('a mistake is named by its path', () => {
  it.each<[string, (file: any) => void]>([
    ['locations', (f) => delete f.locations],
    ['locations[0].code', (f) => ((f.locations[0].code = 'NL!'), (f.servers[0].location = 'NL!'), (f.servers = []))],
    ['locations[0].name.ru', (f) => delete f.locations[0].name.ru],
    ['locations[0].name.en', (f) => (f.locations[0].name.en = '  ')],
    ['locations[0].takeOverAfter', (f) => (f.locations[0].takeOverAfter = '10s')],
    ['locations[0].takeOverAfter', (f) => (f.locations[0].takeOverAfter = 900)],
    ['locations[0].takeOverAfter', (f) => (f.locations[0].takeOverAfter = '31d')],
    ['locations[0].takeOverAfter', (f) => (f.locations[0].takeOverAfter = '999999999d')],
    ['locations[0].flag', (f) => (f.locations[0].flag = 'a flag of words')],
    ['locations[1].code', (f) => f.locations.push(f.locations[0])],
    ['servers[0].location', (f) => (f.servers[0].location = 'de')],
    ['servers[0].panel.apiKey', (f) => (f.servers[0].panel.apiKey = `${KEY}x`)],
    ['servers[0].panel.adminUrl', (f) => (f.servers[0].panel.adminUrl = `panel.example/${ADMIN_PATH}`)],
    ['servers[0].panel.adminUrl', (f) => (f.servers[0].panel.adminUrl = 'https://panel.example/')],
    ['servers[0].panel.clientUrl', (f) => delete f.servers[0].panel.clientUrl],
    ['servers[0].capacity', (f) => (f.servers[0].capacity = -1)],
    ['servers[0].capacity', (f) => (f.servers[0].capacity = 3_000_000_000)],
    ['servers[0].capacity', (f) => (f.servers[0].capacity = 1.5)],
    ['servers[0].name', (f) => (f.servers[0].name = 'x'.repeat(41))],
    ['servers[0].name', (f) => (f.servers[0].name = 'a\u0000b')],
    ['servers[0]', (f) => (f.servers[0].capacty = 5)],
    ['servers[1].code', (f) => f.servers.push(f.servers[0])],
    ['plans[0].days', (f) => (f.plans[0].days = 0)],
    ['plans[0].days', (f) => (f.plans[0].days = '30')],
    ['plans[0].trafficGb', (f) => (f.plans[0].trafficGb = 0)],
    ['plans[0].trafficGb', (f) => (f.plans[0].trafficGb = 1_000_001)],
    ['plans[0].priceKopecks', (f) => (f.plans[0].priceKopecks = 99)],
    ['plans[0].priceKopecks', (f) => (f.plans[0].priceKopecks = 199.5)],
    ['plans[0].priceKopecks', (f) => (f.plans[0].priceKopecks = 35_000_001)],
    ['plans[0].priceStars', (f) => (f.plans[0].priceStars = 0)],
    ['plans[0].priceStars', (f) => (f.plans[0].priceStars = 2.5)],
    ['plans[0].priceStars', (f) => (f.plans[0].priceStars = 100_001)],
    ['plans[1].code', (f) => f.plans.push(f.plans[0])],
    ['the file', (f) => (f.discounts = [])],
  ])('%s', (where, change) => {
    expect(paths(change)).toEqual([where]);
  });

  it('all of them at once', () => {
    const wrong = paths((file) => {
      delete file.locations[0].name.en;
      file.servers[0].panel.apiKey = 'x';
      file.servers[0].panel.clientUrl = 'x';
      file.plans[0].days = 0;
      file.plans[0].priceKopecks = 1;
      // What only shows in comparison is told together with the rest, not in a second round.
      file.servers[0].location = 'de';
      file.plans.push({ ...file.plans[0] });
    });
    expect(wrong).toEqual(
      expect.arrayContaining([
        'locations[0].name.en',
        'servers[0].panel.apiKey',
        'servers[0].panel.clientUrl',
        'servers[0].location',
        'plans[0].days',
        'plans[0].priceKopecks',
        'plans[1].code',
      ]),
    );
    expect(new Set(wrong).size).toBe(9);
  });

  it.each([null, 'text', 5, []])('a file that is %j is no catalogue', (json) => {
    expect(() => parseCatalogue('catalog.json', json)).toThrow(/the file: /);
  });

  it('and no mistake repeats a secret, even one that was written in the wrong place', () => {
    const told = [
      mistakes((f) => (f.servers[0].panel.apiKey = `${KEY}-`)),
      mistakes((f) => (f.servers[0].panel.adminUrl = `http://panel.example/${ADMIN_PATH}`)),
      mistakes((f) => (f.servers[0].panel.adminUrl = `${ADMIN_PATH}/x`)),
      mistakes((f) => (f.servers[0].location = KEY)),
      mistakes((f) => (f.servers[0].code = KEY)),
      mistakes((f) => (f.servers[0].panel = KEY)),
      mistakes((f) => (f.servers[0].panel.clientUrl = f.servers[0].panel.adminUrl)),
      mistakes((f) => (f.servers[0].panel.clientUrl += KEY)),
      mistakes((f) => ((f.locations[0].code = KEY), f.locations.push({ ...f.locations[0] }), (f.servers = []))),
    ];
    for (const one of told) expect(one).not.toEqual([]);
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`${KEY.slice(0, 8)}|${ADMIN_PATH}`, 'i'));
  });
});

describe('a file on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-catalogue-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const written = async (text: string): Promise<string> => {
    const file = path.join(folder, 'catalog.json');
    await writeFile(file, text);
    return file;
  };

  it('is read as the owner wrote it, a byte order mark of their editor included', async () => {
    await expect(readCatalogueFile(await written(JSON.stringify(good())))).resolves.toMatchObject({
      plans: [{ code: 'month' }],
    });
    await expect(readCatalogueFile(await written(`\uFEFF${JSON.stringify(good())}`))).resolves.toMatchObject({
      plans: [{ code: 'month' }],
    });
  });

  it('that is not there is said to be so', async () => {
    await expect(readCatalogueFile(path.join(folder, 'nowhere.json'))).rejects.toThrow(
      /nowhere\.json has mistakes; nothing was changed:\n {2}the file cannot be read/,
    );
  });

  it('with a second "plans" is refused: everything before it would be retired', async () => {
    const text = JSON.stringify(good());
    const twice = `${text.slice(0, -1)}, "plans": []}`;
    await expect(readCatalogueFile(await written(twice))).rejects.toThrow(
      /nothing was changed:\n {2}plans is there twice, again at line 1, column \d+$/,
    );
  });

  it('that is no JSON is refused with the place, and without the text around it: that may be a key', async () => {
    const text = JSON.stringify(good(), null, 2);
    for (const broken of [
      text.replace(`"${KEY}"`, `"${KEY}`),
      text.replace(`"${KEY}"`, KEY),
      text.slice(0, text.indexOf(KEY) + 20),
      `${KEY}`,
    ]) {
      const error = await readCatalogueFile(await written(broken)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CatalogueFileError);
      expect(String((error as Error).stack) + String((error as Error).cause)).not.toContain(KEY.slice(0, 8));
      expect((error as Error).message).toContain('it is not JSON');
    }
  });
});

it('a trial that could not be given is named by its path', () => {
  expect(paths((file) => (file.trial = { days: 0, trafficGb: 0, perDay: 0, perReferrerPerDay: 0 }))).toEqual([
    'trial.days',
    'trial.trafficGb',
    'trial.perDay',
    'trial.perReferrerPerDay',
  ]);
  for (const trial of [{ priceKopecks: 99 }, { priceKopecks: 1_001 }, { priceKopecks: 100, keep: false }])
    expect(paths((file) => (file.trial = trial))).toEqual(['trial.priceKopecks']);
  expect(paths((file) => (file.trial = { priceKopecks: 100, channel: '@news' }))).toEqual(['trial.priceKopecks']);
  expect(mistakes((file) => (file.trial = { servers: ['nl-2'] }))).toEqual([
    'trial.servers[0]: "nl-2" is not among the servers',
  ]);
  for (const channel of ['news', 'https://t.me/news', '@x', 12, ''])
    expect(paths((file) => (file.trial = { channel }))).toEqual(['trial.channel']);
  expect(paths((file) => (file.trial = { day: 3 }))).toEqual(['trial']);
});
