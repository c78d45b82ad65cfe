/**
 * The entries of the book of grants: everything that gives or takes a subscription's access is one of them, and is
 * never changed afterwards. What they come to: `foldBook`.
 */
import { DAY_MS } from './duration';
import { NO_LIMITS, planLimitsOf, type PlanGrant, type PlanLimits } from './grant';
import type { Access } from './refund';

/**
 * Entries that give access. A new way to get some is a kind here, and is computed like these.
 * - `purchase`, `renewal`: paid for
 * - `promo`: by a promo code, with what was paid for or for nothing
 * - `trial`: for somebody who has never had a subscription
 * - `gift`: by a voucher
 * - `referral`: for a friend who was invited and has bought, or for who invited them
 * - `compensation`: by the shop, to make up for something
 * - `owner`: by the shop, for another reason
 */
export const GRANT_KINDS = [
  ...(['purchase', 'renewal', 'promo', 'trial', 'gift', 'referral'] as const),
  ...(['compensation', 'owner'] as const),
] as const;

/**
 * - `delay`: a grant's days begin with its delivery, which came late
 * - `refund`: takes a part or all of what a grant still gives
 * - `usage`: the traffic that was used when unlimited time was over
 */
export const ENTRY_KINDS = [...GRANT_KINDS, 'delay', 'refund', 'usage'] as const;
type EntryKind = (typeof ENTRY_KINDS)[number];

/** Grants that cost nothing. Days of a promo code come alone, or with what was paid for. */
export const FREE_KINDS = ['trial', 'promo', 'gift', 'referral', 'compensation', 'owner'] as const;
export type FreeKind = (typeof FREE_KINDS)[number];
/** Of them what an operator gives by hand. */
export const BY_HAND_KINDS = ['compensation', 'owner'] as const satisfies readonly FreeKind[];
export type ByHandKind = (typeof BY_HAND_KINDS)[number];

/** Whether money was paid for it; a promo code gives its days beside something that was. */
export function isPaidFor({ kind }: Pick<BookEntry, 'kind'>): boolean {
  return kind === 'purchase' || kind === 'renewal';
}

export function isFree({ kind }: Pick<BookEntry, 'kind'>): boolean {
  return (FREE_KINDS as readonly string[]).includes(kind);
}

/** With the limits of a plan: what it gives, negative where some of it is taken; `null` for unlimited. */
export interface BookEntry extends PlanLimits {
  /** `undefined` until it is stored. */
  readonly id?: number | undefined;
  readonly kind: EntryKind;
  /** What caused it; with the kind unique in the book, so that nothing is given or taken twice. */
  readonly source: string;
  /** The id of the grant that a delay or a refund is about. */
  readonly grantId: number | null;
  /** When it takes effect: the money, the delivery, the decision about a refund, the measurement. */
  readonly at: Date;
  /** Time given; negative where it is taken. */
  readonly ms: number;
  /** What the panel last showed of the account's whole life, in GiB; `null` when it never did. */
  readonly usedGb: number | null;
  /** What was paid for it, in the smallest unit of its currency; negative where it is refunded. */
  readonly kopecks: number;
  /** `null`: nothing was paid, or goes back. */
  readonly currency: string | null;
  /** The plan that a grant is of. */
  readonly planCode: string | null;
  /** Of a refund: none of the grant's money stays with the shop. */
  readonly whole: boolean;
  /**
   * Of a trial: what is left of it ends when something is bought for its key, and comes back with a refund of all of
   * that.
   */
  readonly endsWithPurchase: boolean;
}

const NOTHING = {
  ...NO_LIMITS,
  ...{ grantId: null, ms: 0, usedGb: null, kopecks: 0, currency: null },
  ...{ planCode: null, whole: false, endsWithPurchase: false },
};

/** Access that somebody gets: `grant`, because of `cause`. */
export function grantEntry(
  cause: Pick<BookEntry, 'source' | 'at' | 'usedGb' | 'kopecks' | 'planCode'> & {
    readonly kind: (typeof GRANT_KINDS)[number];
    readonly endsWithPurchase?: boolean;
    /** Of `kopecks`, where they are not 0. */
    readonly currency?: string;
  },
  grant: PlanGrant,
): BookEntry {
  return { ...NOTHING, ...cause, ...planLimitsOf(grant), ms: grant.days * DAY_MS };
}

/** What an entry of a grant gave, as a plan says it. */
export function grantOfEntry(entry: BookEntry): PlanGrant {
  return { ...planLimitsOf(entry), days: entry.ms / DAY_MS };
}

/** The key of this grant was there only at that moment. */
export function delayEntry({ id, source }: BookEntry, at: Date): BookEntry {
  return { ...NOTHING, kind: 'delay', source, grantId: id ?? null, at };
}

/** @param taken what the refund takes, at most what the grant gives */
export function refundEntry(
  { id, currency }: BookEntry,
  taken: Access & { readonly kopecks: number; readonly whole: boolean },
  refund: Pick<BookEntry, 'source' | 'at' | 'usedGb'>,
): BookEntry {
  const { ms, gb, kopecks, whole } = taken;
  // 0 - x: a zero without a sign.
  return {
    ...NOTHING,
    ...refund,
    kind: 'refund',
    grantId: id ?? null,
    ms: 0 - ms,
    trafficGb: 0 - gb,
    kopecks: 0 - kopecks,
    currency: kopecks === 0 ? null : currency,
    whole,
  };
}

/** Unlimited time is over: what was used until then does not count any more. */
export function usageEntry(usage: Pick<BookEntry, 'source' | 'at'> & { readonly usedGb: number }): BookEntry {
  return { ...NOTHING, ...usage, kind: 'usage' };
}
