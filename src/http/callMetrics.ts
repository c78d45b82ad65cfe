import { Gauge, Histogram, type Registry } from 'prom-client';
import { MINUTE_MS } from '../domain/duration';
import type { HttpObserver } from '../gateways/http';

/**
 * Each service is asked every two minutes (`service-watch`), by one worker or another; a clock may have been set since.
 */
const COMPARED_FOR_MS = 10 * MINUTE_MS;

/**
 * Measures a process's calls to outside services, for alerts. `outcome` is the HTTP status where there was an answer
 * that means a fault or a success, Telegram's normal refusals by their name (`unreachable-user`, `unchanged`, ...), and
 * the kind of the error where there was no answer (`unreachable`, `unknown-outcome`).
 */
export function createCallMetrics(registry: Registry): HttpObserver {
  const calls = new Histogram({
    name: 'gigabridge_outside_call_seconds',
    help: 'Calls to Telegram, payment providers and the panels, by how they ended.',
    labelNames: ['service', 'operation', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  let comparedAt = -Infinity;
  const clock = new Gauge({
    name: 'gigabridge_clock_ahead_seconds',
    help: 'By how much this machine’s clock is ahead of Telegram’s and the payment providers’, by the last answer of the last ten minutes',
    registers: [registry],
    // What was not compared lately is not known, which is not the same as no difference.
    collect() {
      if (performance.now() - comparedAt > COMPARED_FOR_MS) this.remove();
    },
  });
  return ({ service, operation, outcome, durationMs, clockAheadMs }) => {
    calls.observe({ service, operation, outcome }, durationMs / 1000);
    // Panels may each have a clock of their own; whether links can be paid depends on the providers'.
    if (service === 'hiddify' || clockAheadMs === undefined) return;
    comparedAt = performance.now();
    clock.set(clockAheadMs / 1000);
  };
}
