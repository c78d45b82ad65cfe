import { Histogram, type Registry } from 'prom-client';
import type { HttpObserver } from '../gateways/http';

/**
 * Measures a process's calls to outside services, for alerts. `outcome` is the HTTP status where there was an answer
 * that means a fault or a success, Telegram's normal refusals by their name (`unreachable-user`, `unchanged`, ...), and
 * the kind of the error where there was no answer (`unreachable`, `unknown-outcome`).
 */
export function createCallMetrics(registry: Registry): HttpObserver {
  const calls = new Histogram({
    name: 'gigabridge_outside_call_seconds',
    help: 'Calls to Telegram, YooKassa and the panels, by how they ended.',
    labelNames: ['service', 'operation', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return ({ service, operation, outcome, durationMs }) =>
    calls.observe({ service, operation, outcome }, durationMs / 1000);
}
