import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { HttpObserver } from '../gateways/http';
import { createCallMetrics } from '../http/callMetrics';

export interface WorkerMetrics {
  readonly registry: Registry;
  readonly observeCall: HttpObserver;
  readonly observePoll: (latenessMs: number) => void;
}

/** What the worker measures beside the Temporal SDK's own metrics. Who acts on it: docs/runbook.md. */
export function createWorkerMetrics(): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const lateness = new Histogram({
    name: 'gigabridge_payment_poll_lateness_seconds',
    help: 'How late the questions of the close watch come; above 0.5 s another worker is needed.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    registry,
    observeCall: createCallMetrics(registry),
    observePoll: (latenessMs) => lateness.observe(latenessMs / 1000),
  };
}
