/** What goes back when money goes back: pure arithmetic of part refunds, and the rule by which a buyer may have his money back. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What one payment bought, and for how much. */
export interface Bought {
  readonly days: number;
  /** GiB, `null` for unlimited. */
  readonly trafficGb: number | null;
  readonly paidKopecks: number;
}

export interface Access {
  readonly ms: number;
  readonly gb: number;
}

/**
 * What of a purchase is taken back once `returnedKopecks` of its money have gone back in all: the same share of the time and of
 * the traffic. Shares are rounded down, to whole hours and GiB, so the buyer never loses more than he got back. The sum counts,
 * not the single refund: three thirds take back everything, and roundings don't add up.
 */
export function takenFor({ days, trafficGb, paidKopecks }: Bought, returnedKopecks: number): Access {
  const all = { ms: days * DAY_MS, gb: trafficGb ?? 0 };
  if (returnedKopecks >= paidKopecks) return all;
  const share = Math.max(0, returnedKopecks) / paidKopecks;
  return { ms: Math.floor((all.ms * share) / HOUR_MS) * HOUR_MS, gb: Math.floor(all.gb * share) };
}

/**
 * How much of that can be taken: only time that is still ahead, and never the time that later payments bought.
 *
 * @param kept the time this payment still gives, in ms
 * @param later the time that payments after this one give, in ms
 */
export function unusedOf({
  kept,
  later,
  expiresAt,
  now,
}: {
  kept: number;
  later: number;
  expiresAt: Date;
  now: Date;
}): number {
  return Math.min(kept, Math.max(0, expiresAt.getTime() - later - now.getTime()));
}

/** YooKassa leaves nothing between 0 and 1 rouble of a payment (YooKassa support notes). */
export const LEAST_REMAINDER_KOPECKS = 100;

/** By how much an order of `wanted` kopecks (`null`: everything) lowers what is left; or why it cannot be. */
export function returnable(
  wanted: number | null,
  leftKopecks: number,
): { readonly kopecks: number } | { readonly refused: 'nothing-left' | 'too-much' | 'remainder-too-small' } {
  if (leftKopecks <= 0) return { refused: 'nothing-left' };
  const kopecks = wanted ?? leftKopecks;
  if (kopecks < 1 || kopecks > leftKopecks) return { refused: 'too-much' };
  const rest = leftKopecks - kopecks;
  return rest > 0 && rest < LEAST_REMAINDER_KOPECKS ? { refused: 'remainder-too-small' } : { kopecks };
}

/** When a buyer may have his money back by himself (`BUYER_REFUND_WITHIN`, `BUYER_REFUND_MAX_TRAFFIC`). */
export interface BuyerRule {
  /** Milliseconds after the money came; 0: never. */
  readonly withinMs: number;
  /** Share of the traffic bought, 0 to 1. */
  readonly maxTraffic: number;
}

/** An unlimited plan counts as this much, so that "10 % of the traffic" means something for it too. */
export const UNLIMITED_COUNTS_AS_GB = 100;

export interface BuyerCase {
  readonly paidAt: Date | null;
  readonly trafficGb: number | null;
  /** GiB used of what this payment bought; `null` when nobody can say. */
  readonly usedGb: number | null;
  /** Anything of it has gone back before. */
  readonly returnedKopecks: number;
}

export type BuyerVerdict = 'allowed' | 'off' | 'too-late' | 'used' | 'usage-unknown' | 'returned-before';

export function mayReturn(
  rule: BuyerRule,
  { paidAt, trafficGb, usedGb, returnedKopecks }: BuyerCase,
  now: Date,
): BuyerVerdict {
  if (rule.withinMs === 0) return 'off';
  if (returnedKopecks > 0) return 'returned-before';
  if (paidAt === null || now.getTime() - paidAt.getTime() > rule.withinMs) return 'too-late';
  if (usedGb === null) return 'usage-unknown';
  return usedGb <= (trafficGb ?? UNLIMITED_COUNTS_AS_GB) * rule.maxTraffic ? 'allowed' : 'used';
}

/** What is used of one payment's traffic when `usedGb` of the whole account is. @param earlierGb of payments before it; `null`: unlimited */
export function usedOfThis(usedGb: number | null, earlierGb: number | null): number | null {
  if (usedGb === null) return null;
  return earlierGb === null ? 0 : Math.max(0, usedGb - earlierGb);
}
