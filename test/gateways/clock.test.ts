/** By how much this machine's clock is ahead of a service's, as each answer tells. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { start } from '../../simulators/yookassa/server';
import { HOUR_MS } from '../../src/domain/duration';
import { createYooKassaClient } from '../../src/gateways/yookassa/client';
import { createCallMetrics } from '../../src/http/callMetrics';
import { clockFindings, compareClock } from '../../src/support/doctor/clock';

let simulator: { url: string; close(): Promise<void> };
beforeAll(async () => {
  simulator = await start({ port: 0, host: '127.0.0.1' });
});
afterAll(() => simulator?.close());

const setClock = (offsetMs: number) =>
  fetch(`${simulator.url}/_sim/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ offsetMs }),
  });

it.each([
  ['an hour behind ours', -HOUR_MS, HOUR_MS],
  ['an hour ahead of ours', HOUR_MS, -HOUR_MS],
  ['the same', 0, 0],
])(
  'YooKassa’s clock is %s: measured with every answer, shown in the metrics for ten minutes',
  async (_name, offsetMs, ahead) => {
    await setClock(offsetMs);
    const registry = new Registry();
    const clock = compareClock();
    const metrics = createCallMetrics(registry);
    expect(await registry.metrics()).not.toMatch(/^gigabridge_clock_ahead_seconds /m);
    const client = createYooKassaClient({
      baseUrl: `${simulator.url}/v3`,
      shopId: '100500',
      secretKey: 'test_demo',
      observe: (call) => (clock.observe(call), metrics(call)),
    });
    await client.getMe();
    const shown = /^gigabridge_clock_ahead_seconds (\S+)$/m.exec(await registry.metrics());
    // A slow answer moves the middle between question and answer.
    expect(Math.abs(Number(shown![1]) - ahead / 1_000)).toBeLessThan(10);
    expect(clock.findings('YooKassa’s')).toHaveLength(ahead === 0 ? 0 : 1);
    const later = performance.now() + 11 * 60_000;
    const now = jest.spyOn(performance, 'now').mockReturnValue(later);
    expect(await registry.metrics()).not.toMatch(/^gigabridge_clock_ahead_seconds /m);
    now.mockRestore();
  },
);

it('an answer without a date, or with one that is none, says nothing about clocks', () => {
  expect(clockFindings(undefined, 'x')).toEqual([]);
  expect(clockFindings(-29_000, 'x')).toEqual([]);
  expect(clockFindings(-45_000, 'YooKassa’s')).toEqual([
    expect.objectContaining({ verdict: 'bad', what: "this machine's clock is 45 s behind YooKassa’s" }),
  ]);
});
