/**
 * `npm run bench -- sync [--users 50000] [--panels 10]`: every account of all panels read and brought into PostgreSQL,
 * in bulk as the shop does it and a statement for each row, each in a fresh process; then once more when nothing has
 * changed.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import { panelPeriod } from '../../src/gateways/hiddify';
import { createPool } from '../../src/storage/postgres/pool';
import { freshState, inventedKeys, type UserRow } from '../../simulators/hiddify/state';
import { DEFAULTS } from '../../simulators/hiddify/server';
import { createTestDatabase, testEnvironment } from '../../test/support/environment';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { sellMany } from '../lib/manySubscriptions';
import { numberOption, table } from '../lib/numbers';
import { machine, ROOT, startProcess } from '../lib/processes';
import { runBench } from '../lib/run';

const USERS = numberOption('users', 50_000);
const PANELS = numberOption('panels', 10);
const GIB = 1024 ** 3;

interface Figures {
  readonly ms: number;
  readonly writeMs: number;
  readonly rows: number;
  readonly written: number;
  readonly repairs: number;
  readonly peak: number;
}

async function main(): Promise<void> {
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
  const database = await createTestDatabase();
  const pool = createPool(database.url, { onError: () => undefined });
  const folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-bench-sync-'));
  console.log(machine());
  await sellMany(pool, {
    count: USERS,
    servers: PANELS,
    endsIn: `interval '10 days' + (i % 1000) * interval '1 hour'`,
  });
  for (let i = 0; i < PANELS; i += 1)
    await writeFile(path.join(folder, `s${i}.json`), JSON.stringify(await panelState(pool, i)));
  const panels = await startProcess({
    name: 'panels',
    args: ['--import', 'tsx', path.join(__dirname, 'panels.ts'), folder, String(PANELS)],
    ready: (output) => output.includes('panels ['),
  });
  const addresses = /panels (\[.*\])/.exec(panels.output())![1]!;
  const read = async (how: 'bulk' | 'row'): Promise<Figures> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', path.join(__dirname, 'reader.ts'), how, database.url, addresses],
      { cwd: ROOT },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures;
  };
  // Every account has changed since the last sync.
  const usageMoves = () => pool.query('UPDATE subscription_usage SET used_gb = used_gb + 1');

  const rows: [string, Figures][] = [['first sync, in bulk', await read('bulk')]];
  await usageMoves();
  rows.push(['every line changed, in bulk', await read('bulk')]);
  await usageMoves();
  rows.push(['every line changed, row by row', await read('row')]);
  rows.push(['nothing changed, in bulk', await read('bulk')]);
  rows.push(['nothing changed, row by row', await read('row')]);

  console.log(`${USERS} accounts on ${PANELS} panels`);
  console.log(
    table(
      ['sync', 's', 'accounts a second', 'written', 'of it writing, s', 'peak memory, MB'],
      rows.map(([name, { ms, writeMs, rows: accounts, written, peak }]) => [
        name,
        (ms / 1_000).toFixed(1),
        Math.round((accounts * 1_000) / ms),
        written,
        (writeMs / 1_000).toFixed(1),
        Math.round(peak / 1_048_576),
      ]),
    ),
  );
  await panels.stop();
  await pool.end();
  await database.close();
  await rm(folder, { recursive: true, force: true });
  for (const [name, { rows: accounts, repairs }] of rows)
    if (accounts !== USERS || repairs !== 0) throw new Error(`${name}: ${accounts} accounts, ${repairs} repairs`);
}

async function panelState(pool: Pool, index: number): Promise<unknown> {
  const { rows } = await pool.query<{
    id: string;
    user_id: number;
    panel_user_id: string;
    starts_at: Date;
    expires_at: Date;
  }>('SELECT id, user_id, panel_user_id, starts_at, expires_at FROM subscriptions WHERE server_code = $1', [
    `s${index}`,
  ]);
  const users = rows.map((row, id): UserRow => {
    const { startDate, packageDays } = panelPeriod({ startsAt: row.starts_at, expiresAt: row.expires_at }, 0);
    return {
      id,
      uuid: row.panel_user_id,
      name: `gb-${row.id.slice(0, 8)}`,
      enable: true,
      deleted: false,
      mode: 'no_reset',
      lang: 'en',
      startDate,
      packageDays,
      usageLimitBytes: 100 * GIB,
      usageBytes: id * 1_000_000,
      comment: `gigabridge:${row.id}`,
      telegramId: Number(row.user_id),
      addedBy: 1,
      lastOnline: '2027-01-01 10:00:00',
      lastResetTime: '2027-01-01 00:00:00',
      lastModifiedTime: '2027-01-01 00:00:00',
      keys: inventedKeys(row.panel_user_id),
      appliedAtMs: 0,
    };
  });
  return { ...freshState(DEFAULTS.adminKey), nextUserId: users.length + 1, users };
}

runBench(main);
