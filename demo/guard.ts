import type { FastifyInstance } from 'fastify';

/** A name that leads to this machine, with any port: `ssh -L` may have moved it. */
const OWN_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Keeps other websites out. The page may be open beside any other tab, and it can kill processes:
 * - a foreign `Host` means that somebody's domain was pointed at 127.0.0.1 (DNS rebinding);
 * - a foreign `Origin` on a write means that another site sent it; JSON only, so that a plain form can't.
 */
export function addGuard(app: FastifyInstance, frameSources: readonly string[]): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${frameSources.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

  app.addHook('onRequest', async (request, reply) => {
    reply
      .header('Content-Security-Policy', policy)
      .header('X-Content-Type-Options', 'nosniff')
      .header('Referrer-Policy', 'no-referrer');
    const { host, origin } = request.headers;
    if (host === undefined || !OWN_HOST.test(host))
      return reply.code(403).send({ error: 'Open this page as http://localhost.' });
    if (request.method === 'GET' || request.method === 'HEAD') return undefined;
    if (origin !== undefined && origin !== `http://${host}`)
      return reply.code(403).send({ error: 'Only the demo page itself may do this.' });
    if (!request.headers['content-type']?.startsWith('application/json'))
      return reply.code(415).send({ error: 'JSON is expected.' });
    return undefined;
  });
}

/**
 * The checkout and the page behind it, under both names of this machine: a browser takes them for different sites.
 * An address that isn't known may be at any port.
 */
export function frameSources(urls: readonly (string | undefined)[]): string[] {
  const sources = urls.flatMap((url) => {
    const { protocol, port } = url === undefined ? { protocol: 'http:', port: '*' } : new URL(url);
    return ['localhost', '127.0.0.1'].map((name) => `${protocol}//${name}${port && `:${port}`}`);
  });
  return [...new Set(sources)];
}
