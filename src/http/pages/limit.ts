import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress, clientKey } from '../clientAddress';

/** Milliseconds until this client may ask again; 0 when it may now. */
export type PageLimit = (clientKey: string) => Promise<number>;

/** A hook that answers 429 to a client over the limit. */
export function limitPages(limit: PageLimit, trustedProxies: number) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const waitMs = await limit(clientKey(clientAddress(request, trustedProxies)));
    if (waitMs <= 0) return undefined;
    return reply
      .code(429)
      .header('retry-after', String(Math.ceil(waitMs / 1000)))
      .send({ error: 'too many requests' });
  };
}
