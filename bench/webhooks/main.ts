/**
 * `npm run bench -- webhooks [--count 200000]`: a burst of notifications from YooKassa's addresses. Memory, answers,
 * and how often workflows are woken. Most of them are repeats; some are not JSON and some are 5 MB.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { createPool } from '../../src/storage/postgres/pool';
import { createTestDatabase } from '../../test/support/environment';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { numberOption, spread, table } from '../lib/numbers';
import type { ServerReport } from './server';

const COUNT = numberOption('count', 200_000);
const CONNECTIONS = 400;
const PAYMENTS = 50;

const news = (n: number) =>
  JSON.stringify({
    type: 'notification',
    event: 'payment.succeeded',
    object: {
      id: `2e8c1f4a-000f-5000-8000-${String(n % PAYMENTS).padStart(12, '0')}`,
      status: 'succeeded',
      description: 'x'.repeat(1_500),
    },
  });
const bodyOf = (n: number): string =>
  n % 1_000 === 999 ? 'x'.repeat(5_000_000) : n % 100 === 99 ? '{"hello":' : news(n);

async function main(): Promise<void> {
  process.env['TEST_DATABASE_TEMPLATE'] ??= await prepareTemplateDatabase(process.env['TEST_DATABASE_URL']!);
  const database = await createTestDatabase();
  const child = fork(path.join(__dirname, 'server.ts'), {
    env: { ...process.env, DATABASE_URL: database.url },
    execArgv: ['--import', 'tsx'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const report = async (): Promise<ServerReport> => {
    child.send('report');
    return ((await once(child, 'message')) as [ServerReport])[0];
  };

  const before = await report();
  let peakMb = before.rssMb;
  const watching = setInterval(() => void report().then(({ rssMb }) => (peakMb = Math.max(peakMb, rssMb))), 500);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const answers = new Map<number | string, number>();
  const times: number[] = [];
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < COUNT) {
        const n = next;
        next += 1;
        const from = performance.now();
        const answer = await post(`${url}/webhooks/yookassa`, bodyOf(n), agent);
        if (answer === 200) times.push(performance.now() - from);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  clearInterval(watching);
  const after = await report();
  const pool = createPool(database.url, { onError: () => undefined });
  const { rows } = await pool.query<{ stored: number; open: number }>(
    'SELECT count(*) AS stored, count(*) FILTER (WHERE handled_at IS NULL) AS open FROM webhook_events',
  );
  await pool.end();
  agent.destroy();
  child.kill();
  await database.close();

  console.log(
    `${COUNT} notifications about ${PAYMENTS} payments over ${CONNECTIONS} connections in ${seconds.toFixed(1)} s, ${Math.round(COUNT / seconds)} a second.\n`,
  );
  console.log(
    table(
      ['answer', 'how often'],
      [...answers]
        .toSorted(([a], [b]) => String(a).localeCompare(String(b)))
        .map(([status, count]) => [String(status), count]),
    ),
  );
  console.log(
    `\n${table(
      [
        'resident before, MB',
        'at most, MB',
        'stored',
        'left to reconciliation',
        'workflows woken',
        'log lines',
        'answer 200, ms (p50 / p99 / max)',
      ],
      [
        [
          Math.round(before.rssMb),
          Math.round(peakMb),
          rows[0]!.stored,
          rows[0]!.open,
          after.woken,
          after.logLines,
          spread(times),
        ],
      ],
    )}`,
  );
}

/** @returns the status, or what became of the connection */
function post(url: string, body: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (incoming) => {
        incoming.resume();
        incoming.on('end', () => resolve(incoming.statusCode ?? 0));
        incoming.on('error', () => resolve('cut off'));
      },
    );
    outgoing.on('error', () => resolve('cut off'));
    outgoing.end(body);
  });
}

void main();
