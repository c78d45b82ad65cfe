/** The three targets of ops/prometheus/prometheus.yml as real processes: bot, worker, and a Temporal server. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Connection } from '@temporalio/client';
import { testEnvironment } from '../../support/environment';
import { freePort } from '../../support/ports';
import { startStack, type Stack } from '../../support/stack';
import { createTestNamespace } from '../../support/temporal';
import { waitUntil } from '../../support/wait';
import { parseMetrics, type Sample } from './series';

export interface ScrapedShop {
  readonly stack: Stack;
  readonly temporalAddress: string;
  /** What Prometheus would store now, with `up` of each target. */
  scrape(): Promise<Sample[]>;
  stopTemporal(): Promise<void>;
  stop(): Promise<void>;
}

export async function startScrapedShop(): Promise<ScrapedShop> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const server = spawn(
    testEnvironment('TEST_TEMPORAL_CLI'),
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'never'],
      ...['--port', String(port), '--metrics-port', String(metricsPort)],
    ],
    { stdio: 'ignore' },
  );
  const address = `127.0.0.1:${port}`;
  const start = async (): Promise<Stack> => {
    await waitUntil(async () => (await Connection.connect({ address })).close().then(() => true), {
      what: 'the Temporal server with metrics answers',
      everyMs: 200,
    });
    const namespace = await createTestNamespace('alerts', { address });
    return startStack({ env: { TEMPORAL_ADDRESS: address, PAYMENT_POLL_INTERVAL: '2s' }, namespace });
  };
  const stack = await start().catch(async (error: unknown) => {
    await end(server);
    throw error;
  });
  const targets = (): Record<string, string> => ({
    worker: `${stack.urlOf('worker')}/metrics`,
    bot: `${stack.urlOf('bot')}/metrics`,
    temporal: `http://127.0.0.1:${metricsPort}/metrics`,
  });
  return {
    stack,
    temporalAddress: address,
    async scrape() {
      const pages = Object.entries(targets()).map(async ([job, url]) => {
        const target = { job, instance: new URL(url).host };
        const up = (value: number): Sample => ({ labels: { __name__: 'up', ...target }, value });
        try {
          const answer = await fetch(url);
          if (!answer.ok) throw new Error(`${job} answers ${answer.status}`);
          return [...parseMetrics(await answer.text(), target), up(1)];
        } catch {
          return [up(0)];
        }
      });
      return (await Promise.all(pages)).flat();
    },
    stopTemporal: () => end(server),
    async stop() {
      await stack.stop();
      await end(server);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
