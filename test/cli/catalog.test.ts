/** `npm run catalog -- apply FILE` on a real database: what a good file does, and that a bad one does nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/environment';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
const KEY = '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69';
const catalogue = (change: { days?: unknown; location?: string; apiKey?: string } = {}) => ({
  locations: [{ code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '🇳🇱' }],
  servers: [
    {
      code: 'nl-1',
      location: change.location ?? 'nl',
      name: 'Amsterdam 1',
      panel: {
        adminUrl: 'https://panel.example/AdminPath7f3/',
        apiKey: change.apiKey ?? KEY,
        clientUrl: 'https://panel.example/ClientPath9k2/',
      },
      capacity: 100,
    },
  ],
  plans: [
    {
      code: 'month',
      name: { ru: 'Месяц', en: 'Month' },
      days: change.days ?? 30,
      trafficGb: 100,
      priceKopecks: 19_900,
    },
  ],
});

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-catalog-'));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

async function apply(content: unknown, ...options: string[]) {
  const file = path.join(folder, 'catalog.json');
  await writeFile(file, JSON.stringify(content));
  return runProgram('src/cli/catalog.ts', ['apply', file, ...options], { DATABASE_URL: database.url });
}

async function onSale(): Promise<unknown> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const rows = async (table: string) => (await client.query(`SELECT * FROM ${table} ORDER BY code`)).rows as unknown[];
  try {
    return { locations: await rows('locations'), servers: await rows('servers'), plans: await rows('plans') };
  } finally {
    await client.end();
  }
}

it(
  'a good file is applied once; one with mistakes names each by its path, shows no key, and changes nothing',
  async () => {
    expect(await apply(catalogue())).toMatchObject({
      code: 0,
      said: expect.stringContaining('4 added, 0 changed, 0 retired'),
    });
    expect(await apply(catalogue())).toMatchObject({
      code: 0,
      said: expect.stringContaining('0 added, 0 changed, 0 retired'),
    });
    const before = await onSale();
    const { code, said } = await apply(catalogue({ days: 'thirty', location: 'de', apiKey: `${KEY}-mistyped` }));
    expect(code).toBe(1);
    for (const where of ['plans[0].days', 'servers[0].location', 'servers[0].panel.apiKey'])
      expect(said).toContain(`\n  ${where}: `);
    expect(said).toContain('nothing was changed');
    expect(said).not.toContain(KEY);
    expect(said).not.toMatch(/\n\s+at /);
    expect(await onSale()).toEqual(before);
  },
  LIMIT_MS,
);

it(
  'every change is printed as old and new, without secrets; what looks like a slip is applied with --yes only',
  async () => {
    const named = (priceKopecks: number, more: object = {}) => {
      const file = catalogue();
      Object.assign(file.plans[0]!, { priceKopecks, ...more });
      return file;
    };
    await apply(catalogue(), '--yes');
    const small = named(24_900, { name: { ru: 'Месяц', en: 'One month' } });
    Object.assign(small.servers[0]!.panel, { clientUrl: 'https://panel.example/ClientPath5t1' });
    expect(await apply(small)).toMatchObject({
      code: 0,
      said: expect.stringMatching(
        /^server nl-1: panel\.clientUrl is another one\nplan month: name\.en "Month" → "One month", priceKopecks 19900 \(₽199\) → 24900 \(₽249\)\n/,
      ),
    });

    // Switching the trial off needs no confirmation.
    expect(await apply({ ...small, trial: null })).toMatchObject({
      code: 0,
      said: expect.stringContaining('the trial: is not in the file any more and is no longer given'),
    });
    expect(await apply({ ...small, trial: { days: 7 } })).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^the trial: days 3 → 7, active false → true\n/),
    });
    await apply(small);

    const before = await onSale();
    const slip = await apply(named(299));
    expect(slip.code).toBe(1);
    expect(slip.said).toContain('plan month would cost ₽2.99, now it costs ₽249');
    expect(slip.said).toContain('--yes');
    const emptied = await apply({ ...catalogue(), plans: [] });
    expect(emptied.code).toBe(1);
    expect(emptied.said).toContain('1 of the 1 plans that are sold now would no longer be sold');
    expect(emptied.said).toContain('plan month: is not in the file any more');
    expect(await onSale()).toEqual(before);
    for (const { said } of [slip, emptied]) expect(said).not.toMatch(/ClientPath|AdminPath|5f0c7a52|\n\s+at /);

    expect(await apply({ ...catalogue(), plans: [] }, '--yes')).toMatchObject({
      code: 0,
      said: expect.stringContaining('0 added, 1 changed, 1 retired'),
    });
    await apply(catalogue(), '--yes');
  },
  LIMIT_MS,
);

it(
  'a worker with such a file ends before it changes anything, with the same list',
  async () => {
    const file = path.join(folder, 'worker.json');
    await writeFile(file, JSON.stringify(catalogue({ days: 0, apiKey: `${KEY}-mistyped` })));
    const before = await onSale();
    const { code, said } = await runProgram('src/worker/main.ts', [], {
      CATALOG_FILE: file,
      BOT_TOKEN: '100000001:TEST-only-the-stand-in-accepts-this-token',
      YOOKASSA_SHOP_ID: '100500',
      YOOKASSA_SECRET_KEY: 'test_only_the_stand_in',
      // Only PostgreSQL runs: a worker that had begun to start would wait for Temporal for a minute.
      DATABASE_URL: database.url,
      REDIS_URL: 'redis://127.0.0.1:1',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(code).toBe(1);
    for (const where of ['plans[0].days', 'servers[0].panel.apiKey']) expect(said).toContain(`\n  ${where}: `);
    expect(said).not.toContain('waiting for');
    expect(said).not.toContain(KEY);
    expect(await onSale()).toEqual(before);
  },
  LIMIT_MS,
);
