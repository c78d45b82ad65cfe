import type { Registry } from 'prom-client';
import type { HttpRoutes } from '../server';

/** `GET /metrics` for Prometheus. Meant for the internal network: a public proxy must not forward it. */
export function metricsRoutes(registry: Registry): HttpRoutes {
  return (app) => {
    app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  };
}
