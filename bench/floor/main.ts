/**
 * `npm run bench -- floor [--rates 10,25,50] [--seconds 15]`: what Temporal on PostgreSQL takes for the least a payment
 * could be, as a measure for what `npm run bench -- key` finds: workflows that wait are woken at a rate, do nothing
 * inside that one task, and end.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectTemporal, type TemporalClient } from '../../src/clients/temporal';
import { testEnvironment } from '../../test/support/environment';
import { createTestNamespace } from '../../test/support/temporal';
import { waitUntil } from '../../test/support/wait';
import { numberOption, quantile, table, wordOption } from '../lib/numbers';
import { inParallel } from '../lib/parallel';
import { cpuSeconds, machine, ROOT, startProcess } from '../lib/processes';
import { runBench } from '../lib/run';
import { atRate } from '../lib/shop';
import { WAKE } from './bareWorkflow';
import { BARE_TASK_QUEUE } from './bareWorker';

const RATES = wordOption('rates', '10,25,50').split(',').map(Number);
const SECONDS = numberOption('seconds', 15);
const PARTS = ['temporal', 'postgres', 'worker'] as const;
const WAIT = { timeoutMs: 300_000, everyMs: 500 };

const log = (line: string): void => console.error(line);

async function running({ client }: TemporalClient): Promise<number> {
  return (await client.workflow.count(`TaskQueue = '${BARE_TASK_QUEUE}' AND ExecutionStatus = 'Running'`)).count;
}

async function measure(temporal: TemporalClient, rate: number, cpu: () => number[]) {
  const ids = Array.from({ length: rate * SECONDS }, (_, index) => `bare-${rate}-${Date.now()}-${index}`);
  log(`${rate} a second: ${ids.length} workflows`);
  await inParallel(ids, (workflowId) =>
    temporal.client.workflow.start('bare', { taskQueue: BARE_TASK_QUEUE, workflowId }),
  );
  await waitUntil(async () => (await running(temporal)) === ids.length, { what: 'all to be waiting', ...WAIT });
  await pause(3_000);
  const wokenAt = new Map<string, number>();
  const before = cpu();
  await atRate(ids, rate, async (id) => {
    wokenAt.set(id, Date.now());
    await temporal.client.workflow.getHandle(id).signal(WAKE);
  });
  await waitUntil(async () => (await running(temporal)) === 0, { what: 'all to have ended', ...WAIT });
  const used = cpu().map((seconds, index) => ((seconds - before[index]!) * 1000) / ids.length);
  const times = await inParallel(
    ids,
    async (id) => (await temporal.client.workflow.getHandle(id).describe()).closeTime!.getTime() - wokenAt.get(id)!,
  );
  return { rate, times, used };
}

async function main(): Promise<void> {
  console.log(`A workflow that is woken, does nothing and ends; ${machine()}.\n`);
  const env = {
    TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: await createTestNamespace(),
  };
  const temporal = await connectTemporal({
    connection: { address: env.TEMPORAL_ADDRESS },
    namespace: env.TEMPORAL_NAMESPACE,
  });
  const worker = await startProcess({
    name: 'bare worker',
    args: ['--import', 'tsx', path.join(ROOT, 'bench/floor/bareWorker.ts')],
    env,
    ready: (output) => output.includes('ready'),
  });
  const pids = [...['TEMPORAL', 'POSTGRES'].map((name) => Number(process.env[`BENCH_PID_${name}`])), worker.pid];
  const cpu = () => pids.map((pid) => cpuSeconds(pid));
  try {
    // Warm-up: caches and connections of every process.
    await measure(temporal, 5, cpu);
    const results: Awaited<ReturnType<typeof measure>>[] = [];
    for (const rate of RATES) results.push(await measure(temporal, rate, cpu));
    console.log(
      table(
        [
          'woken a second',
          'workflows',
          'p50, ms',
          'p99, ms',
          'max, ms',
          `CPU ms each: ${PARTS.join(' / ')}`,
          'together',
        ],
        results.map(({ rate, times, used }) => [
          rate,
          times.length,
          ...[0.5, 0.99, 1].map((share) => Math.round(quantile(times, share))),
          used.map(Math.round).join(' / '),
          Math.round(used.reduce((sum, one) => sum + one, 0)),
        ]),
      ),
    );
  } finally {
    await worker.stop();
    await temporal.close();
  }
}

runBench(main);
