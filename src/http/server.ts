import { fastify, type FastifyInstance } from 'fastify';
import type { Logger } from '../config/logger';

/** Some of the paths a process serves. */
export type HttpRoutes = (app: FastifyInstance) => void;

export interface HttpServer {
  /** Starts listening. @param port 0 takes a free one @returns the address, e.g. `http://127.0.0.1:8080` */
  listen(options: { host: string; port: number }): Promise<string>;
  /** Refuses new connections, waits for running requests, then closes. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly routes: readonly HttpRoutes[];
  readonly logger: Logger;
}

/** Headers of every answer; pages set a policy of their own. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** The default; a route that takes a larger body sets its own limit. */
const BODY_LIMIT = 16 * 1024;

export function createHttpServer({ routes, logger }: HttpServerOptions): HttpServer {
  const app = fastify({
    // Single requests are not logged: their queries may contain payment ids.
    logger: false,
    bodyLimit: BODY_LIMIT,
    // A slow sender must not hold a connection for long.
    connectionTimeout: 30_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, route: request.routeOptions.url }, 'an HTTP request failed');
    // Mistakes of the sender are explained to them, errors of the shop are not.
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });
  for (const route of routes) {
    // Each in a scope of its own, so that body parsers and hooks of one route don't apply to another.
    void app.register(async (scope) => route(scope));
  }

  return {
    listen: ({ host, port }) => app.listen({ host, port }),
    close: () => app.close(),
  };
}
