import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

type AddressedRequest = Pick<FastifyRequest, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/**
 * The address of the client behind a known number of proxies. Each proxy appends the address it was called from to
 * X-Forwarded-For, so the n-th entry from the right was written by the n-th proxy; everything further left may be
 * forged and is ignored.
 * @param trustedProxies 0: the socket's address, whatever the headers say
 */
export function clientAddress(request: AddressedRequest, trustedProxies: number): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const hops = forwarded
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  const chain = [request.socket.remoteAddress ?? '', ...hops.reverse()];
  return chain[Math.min(trustedProxies, chain.length - 1)] ?? '';
}

/** The key of a client in a limit: an IPv4 address, or the /64 network that one IPv6 connection usually has. */
export function clientKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString();
}
