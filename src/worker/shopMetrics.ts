import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../config/logger';
import { withTimeLimit } from '../process/timeLimit';
import type { JobResultsRepository } from '../storage/postgres/jobResults';
import type { MoneyState } from '../storage/postgres/moneyState';
import type { OutagesRepository } from '../storage/postgres/outages';

export interface ShopMetricsDeps {
  readonly moneyState: () => Promise<MoneyState>;
  readonly jobResults: Pick<JobResultsRepository, 'all'>;
  readonly outages: Pick<OutagesRepository, 'open'>;
  /** How many running workflows say that a person must look. */
  readonly countAttention: () => Promise<number>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now?: () => Date;
}

/** A scrape waits no longer for PostgreSQL or Temporal, in ms. */
const READ_WITHIN_MS = 3_000;
/** Gauges of one scrape share what was read, in ms. */
const KEEP_MS = 1_000;
/** Jobs whose last end is a metric: while one of them does not end, nobody would notice what it finds. */
const WATCHED_JOBS = ['payment-reconciliation', 'audit'] as const;

const MONEY: Readonly<Record<keyof MoneyState, readonly [name: string, help: string]>> = {
  undelivered: ['gigabridge_undelivered', 'Purchases and free grants whose panel has not confirmed them'],
  undeliveredOldestSeconds: [
    'gigabridge_undelivered_oldest_seconds',
    'Seconds since the oldest of them was paid or given; 0: none',
  ],
  refunding: ['gigabridge_refunds_open', 'Refunds that have not come to their end'],
  refundingOldestSeconds: [
    'gigabridge_refunds_oldest_seconds',
    'Seconds since the oldest of them was decided; 0: none',
  ],
  webhooksUnhandled: ['gigabridge_webhooks_unhandled', 'Notifications that were stored and not handled'],
  webhooksUnhandledOldestSeconds: [
    'gigabridge_webhooks_unhandled_oldest_seconds',
    'Seconds since the oldest of them came; 0: none',
  ],
  openAnomalies: ['gigabridge_money_anomalies_open', 'Sums at payment providers that nobody has explained'],
};

/**
 * What the database and Temporal say of the shop's money, read at every scrape. Every worker shows the same, so alerts
 * take the maximum. What can't be read in time is left out of the answer: an old number would look like a true one.
 */
export function registerShopMetrics(registry: Registry, deps: ShopMetricsDeps): void {
  const { logger, now = () => new Date() } = deps;
  const money = shared('PostgreSQL', deps.moneyState, logger);
  const jobs = shared('PostgreSQL', deps.jobResults.all, logger);
  const outages = shared('PostgreSQL', deps.outages.open, logger);
  const attention = shared('Temporal', deps.countAttention, logger);

  for (const [field, [name, help]] of Object.entries(MONEY) as [keyof MoneyState, readonly [string, string]][])
    gauge(registry, name, help, [], async (set) => {
      const state = await money();
      if (state) set({}, state[field]);
    });

  gauge(registry, 'gigabridge_attention_waiting', 'Running workflows that need a person', [], async (set) => {
    const count = await attention();
    if (count !== undefined) set({}, count);
  });

  gauge(
    registry,
    'gigabridge_job_ended_seconds_ago',
    'Seconds since a job last ended; since the start of this process when it never has',
    ['job'],
    async (set) => {
      const results = await jobs();
      if (!results) return;
      for (const job of WATCHED_JOBS) {
        const ended = results.find((one) => one.job === job)?.endedAt;
        set({ job }, ended === undefined ? process.uptime() : (now().getTime() - ended.getTime()) / 1_000);
      }
    },
  );

  gauge(registry, 'gigabridge_audit_differences', 'Differences of the last audit', ['kind'], async (set) => {
    const differences = (await jobs())?.find(({ job }) => job === 'audit')?.result['differences'];
    for (const [kind, count] of Object.entries(differences ?? {})) if (typeof count === 'number') set({ kind }, count);
  });

  gauge(
    registry,
    'gigabridge_outage_seconds',
    'Seconds since a service, or a panel by its server, stopped answering or began to refuse the key',
    ['service', 'server', 'kind'],
    async (set) => {
      for (const { service, serverCode, kind, beganAt } of (await outages()) ?? [])
        set({ service, server: serverCode ?? '', kind }, (now().getTime() - beganAt.getTime()) / 1_000);
    },
  );
}

type Labels = Readonly<Record<string, string>>;

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: (set: (labels: Labels, value: number) => void) => Promise<void>,
): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      this.reset();
      // A gauge without labels is 0 after a reset, which would be a statement.
      if (labelNames.length === 0) this.remove();
      await read((labels, value) => this.set({ ...labels }, value));
    },
  });
}

/** One read for all gauges of a scrape. @returns a function that gives `undefined` when there is no answer in time */
function shared<T>(what: string, read: () => Promise<T>, logger: Pick<Logger, 'warn'>): () => Promise<T | undefined> {
  let kept: { at: number; value: Promise<T | undefined> } | undefined;
  return () => {
    const at = performance.now();
    if (!kept || at - kept.at > KEEP_MS)
      kept = {
        at,
        value: withTimeLimit(READ_WITHIN_MS, what, read()).catch((error: unknown) => {
          logger.warn({ reason: (error as Error).name }, `metrics of the shop could not be read: ${what}`);
          return undefined;
        }),
      };
    return kept.value;
  };
}
