import type { Registry } from 'prom-client';
import type { HttpRoutes } from '../server';

/** `GET /metrics` for Prometheus. Meant for the inner network: a proxy in front does not pass it on. */
export function metricsRoutes(registry: Registry): HttpRoutes {
  return (app) => {
    app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  };
}
