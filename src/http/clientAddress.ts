import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

type AddressedRequest = Pick<FastifyRequest, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/**
 * Who sent a request, seen through a declared number of proxies of ours. Each proxy appends the address it was called
 * from, so the n-th entry from the right was written by the n-th proxy; everything further left is the sender's own
 * word and ignored.
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

/** What one client counts as in a limit: an IPv4 address, or the /64 that a single IPv6 household has. */
export function clientKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString();
}
