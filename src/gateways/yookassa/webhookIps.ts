import ipaddr from 'ipaddr.js';

/** Addresses that notifications come from (YooKassa docs, incoming notifications). */
export const YOOKASSA_WEBHOOK_RANGES: readonly string[] = [
  '185.71.76.0/27',
  '185.71.77.0/27',
  '77.75.153.0/25',
  '77.75.156.11',
  '77.75.156.35',
  '77.75.154.128/25',
  '2a02:5180::/32',
];

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * @throws RangeError naming the part that is no address or CIDR range; call it once at start with configured ranges.
 */
export function parseAddressRange(text: string): Range {
  const [address = '', prefix, ...rest] = text.trim().split('/');
  const parsed = readAddress(address);
  const most = parsed?.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : prefixBits(prefix);
  if (!parsed || rest.length > 0 || !(bits <= most)) throw new RangeError(`not an address or a CIDR range: "${text}"`);
  return [parsed, bits];
}

function prefixBits(text: string): number {
  return /^\d{1,3}$/.test(text) ? Number(text) : NaN;
}

/**
 * Whether `address` (of the socket, or the rightmost one that a trusted proxy has written) lies in `ranges`.
 * Only a first filter: what a notification claims is read again from the API in any case.
 * IPv4 on an IPv6 socket (`::ffff:185.71.76.1`) is treated as IPv4. Anything unreadable is not in the ranges.
 *
 * @throws RangeError when a range is unreadable, see {@link parseAddressRange}.
 */
export function isYooKassaAddress(address: string, ranges: readonly string[] = YOOKASSA_WEBHOOK_RANGES): boolean {
  const parsed = readAddress(address);
  const parsedRanges = ranges.map(parseAddressRange);
  return (
    parsed !== undefined &&
    parsedRanges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits))
  );
}

function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // ipaddr.js also takes "0x7f.1" and "77": forms that no socket reports and that filters read differently.
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}
