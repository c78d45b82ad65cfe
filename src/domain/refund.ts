/**
 * Refunds: what is asked for, the arithmetic of part refunds, and the rule by which buyers may have one without an
 * operator.
 */
import { DAY_MS, HOUR_MS } from './duration';
import type { PlanGrant } from './grant';
import { exponentOf } from './money';
import type { FinalPaymentStatus } from './payment';
import type { GiftState } from './voucher/gift';

/** Somebody's request to refund a delivered purchase, in whole or in part. */
export interface RefundRequest {
  /** A uuid chosen where the request was confirmed: sent twice it is one request. */
  readonly requestId: string;
  /** `null`: all that is left. */
  readonly kopecks: number | null;
  /** `buyer` or `operator:<name>`. A buyer's request is judged by the shop's rule. */
  readonly askedBy: string;
  readonly reason: string;
}

/** A decision to refund a purchase that was not delivered. */
export interface UndeliveredRefund {
  readonly reason: string;
  /** `buyer`, `deadline`, `workflow` or `operator:<name>`. */
  readonly askedBy: string;
  /** Kopecks that came, where they differ from the price. */
  readonly amountKopecks?: number | undefined;
}

/** What came of planning a refund. */
export type PlannedRefund =
  | { readonly outcome: 'planned'; readonly attempt: number }
  /** Nothing was changed, and why. */
  | { readonly outcome: 'refused'; readonly reason: string };

/** The same for a purchase that was not delivered; its refund is always of all the money. */
export type PlannedUndeliveredRefund =
  | { readonly outcome: 'planned'; readonly attempt: number }
  /** The payment had reached this end before. */
  | { readonly outcome: 'ended'; readonly status: FinalPaymentStatus };

/** What one payment bought, and for how much. */
export interface Bought extends PlanGrant {
  readonly paidKopecks: number;
}

/**
 * What of a purchase is used up, and so what a refund takes a share of. A limit that is not used up goes with its
 * grant, once none of its money stays with the shop (`limitsBesidesTraffic`).
 */
export interface Access {
  readonly ms: number;
  readonly gb: number;
}

/**
 * What of a purchase is revoked once `refundedKopecks` of its money are refunded in all: the same share of the time and
 * of the traffic. Shares are rounded down, to whole hours and GiB, so buyers never lose more than they got back. The
 * sum counts, not the single refund: three thirds revoke everything, and roundings don't add up.
 */
export function shareOf({ days, trafficGb, paidKopecks }: Bought, refundedKopecks: number): Access {
  const all = { ms: days * DAY_MS, gb: trafficGb ?? 0 };
  if (refundedKopecks >= paidKopecks) return all;
  const share = Math.max(0, refundedKopecks) / paidKopecks;
  return { ms: Math.floor((all.ms * share) / HOUR_MS) * HOUR_MS, gb: Math.floor(all.gb * share) };
}

/** Nothing between 0 and 1 rouble, or 1 of another currency, is left of a payment: providers refuse that. */
const leastRemainder = (currency: string): number => 10 ** exponentOf(currency);

/** How much a request for `wanted`, in the smallest unit (`null`: everything), refunds of what is left; or why it can't be made. */
export function refundable(
  wanted: number | null,
  leftKopecks: number,
  currency = 'RUB',
): { readonly kopecks: number } | { readonly refused: 'nothing-left' | 'too-much' | 'remainder-too-small' } {
  if (leftKopecks <= 0) return { refused: 'nothing-left' };
  const kopecks = wanted ?? leftKopecks;
  if (kopecks < 1 || kopecks > leftKopecks) return { refused: 'too-much' };
  const rest = leftKopecks - kopecks;
  return rest > 0 && rest < leastRemainder(currency) ? { refused: 'remainder-too-small' } : { kopecks };
}

/** When buyers may have a refund without an operator (`BUYER_REFUND_WITHIN`, `BUYER_REFUND_MAX_TRAFFIC`). */
export interface BuyerRefundRule {
  /** Milliseconds after the key was there; 0: never. */
  readonly withinMs: number;
  /** Share of the traffic bought, 0 to 1. */
  readonly maxTraffic: number;
}

/** An unlimited plan counts as this much, so that "10 % of the traffic" means something for it too. */
const UNLIMITED_COUNTS_AS_GB = 100;

export interface BuyerRefundCase {
  /** When it was delivered: before that there was nothing to try. */
  readonly deliveredAt: Date | null;
  readonly trafficGb: number | null;
  /** GiB used of what this payment bought; `null` when nobody can say. */
  readonly usedGb: number | null;
  /** What was refunded of it before. */
  readonly refundedKopecks: number;
}

export type BuyerRefundVerdict =
  | 'allowed'
  | 'off'
  | 'too-late'
  | 'used'
  | 'usage-unknown'
  | 'refunded-before'
  /** Somebody has what the gift gives. */
  | 'gift-claimed';

/** Whether the rule allows it, or why not. */
export function judgeBuyerRefund(
  rule: BuyerRefundRule,
  { deliveredAt, trafficGb, usedGb, refundedKopecks }: BuyerRefundCase,
  now: Date,
): BuyerRefundVerdict {
  if (rule.withinMs === 0) return 'off';
  if (refundedKopecks > 0) return 'refunded-before';
  if (deliveredAt === null || now.getTime() - deliveredAt.getTime() > rule.withinMs) return 'too-late';
  if (usedGb === null) return 'usage-unknown';
  return usedGb <= (trafficGb ?? UNLIMITED_COUNTS_AS_GB) * rule.maxTraffic ? 'allowed' : 'used';
}

/** The same for a gift that somebody has bought: theirs while nobody has claimed it, and nothing of it is used then. */
export function judgeGiftRefund(
  rule: BuyerRefundRule,
  { state, ...gift }: Omit<BuyerRefundCase, 'usedGb'> & { readonly state: GiftState },
  now: Date,
): BuyerRefundVerdict {
  return state === 'claimed' ? 'gift-claimed' : judgeBuyerRefund(rule, { ...gift, usedGb: 0 }, now);
}

/**
 * What is used of one payment's traffic when `usedGb` of the whole account is.
 * @param earlierGb of payments before it; `null`: unlimited
 */
export function usedOfThis(usedGb: number | null, earlierGb: number | null): number | null {
  if (usedGb === null) return null;
  return earlierGb === null ? 0 : Math.max(0, usedGb - earlierGb);
}
