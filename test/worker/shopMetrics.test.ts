/** The metrics of the shop's money: what is shown, and what is left out when it can't be read. */
import { expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { registerShopMetrics, type ShopMetricsDeps } from '../../src/worker/shopMetrics';

const NOW = new Date('2026-03-28T09:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

async function scrape(change: Partial<ShopMetricsDeps> = {}): Promise<string[]> {
  const registry = new Registry();
  registerShopMetrics(registry, {
    moneyState: async () => ({
      undelivered: 2,
      undeliveredOldestSeconds: 700,
      refunding: 0,
      refundingOldestSeconds: 0,
      webhooksUnhandled: 1,
      webhooksUnhandledOldestSeconds: 30,
      openAnomalies: 3,
    }),
    jobResults: {
      all: async () => [
        { job: 'audit', endedAt: ago(90), result: { differences: { stuck: 4 } } },
        { job: 'payment-reconciliation', endedAt: ago(120), result: {} },
      ],
    },
    outages: {
      open: async () => [
        {
          id: 1,
          service: 'hiddify',
          serverCode: 'nl-1',
          serverName: 'x',
          locationName: null,
          kind: 'away',
          reason: 'x',
          code: null,
          shown: null,
          beganAt: ago(400),
          goodSince: null,
          endedAt: null,
          toldAt: null,
          endToldAt: null,
        },
      ],
    },
    countAttention: async () => 5,
    logger: { warn: () => undefined } as never,
    now: () => NOW,
    ...change,
  });
  const read = async () => (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
  await read();
  return read();
}

it('shows what waits, how long, when jobs last ended, what the audit found, and who is away', async () => {
  expect((await scrape()).toSorted()).toEqual([
    'gigabridge_attention_waiting 5',
    'gigabridge_audit_differences{kind="stuck"} 4',
    'gigabridge_job_ended_seconds_ago{job="audit"} 90',
    'gigabridge_job_ended_seconds_ago{job="payment-reconciliation"} 120',
    'gigabridge_money_anomalies_open 3',
    'gigabridge_outage_seconds{service="hiddify",server="nl-1",kind="away"} 400',
    'gigabridge_refunds_oldest_seconds 0',
    'gigabridge_refunds_open 0',
    'gigabridge_undelivered 2',
    'gigabridge_undelivered_oldest_seconds 700',
    'gigabridge_webhooks_unhandled 1',
    'gigabridge_webhooks_unhandled_oldest_seconds 30',
  ]);
});

it('a job that has never ended counts from the start of the process', async () => {
  const lines = await scrape({ jobResults: { all: async () => [] } });
  const [line] = lines.filter((one) => one.includes('job="payment-reconciliation"'));
  expect(Number(line!.split(' ')[1])).toBeGreaterThan(0);
});

it('what can’t be read is left out instead of being shown as 0, and the rest of the answer comes all the same', async () => {
  const away = () => Promise.reject(new Error('ECONNREFUSED'));
  expect(await scrape({ moneyState: away, jobResults: { all: away }, outages: { open: away } })).toEqual([
    'gigabridge_attention_waiting 5',
  ]);
  const hangs = () => new Promise<never>(() => undefined);
  const lines = await scrape({ countAttention: hangs });
  expect(lines.join()).not.toContain('attention');
  expect(lines).toContain('gigabridge_undelivered 2');
}, 30_000);
