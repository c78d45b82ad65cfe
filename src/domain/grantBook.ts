/**
 * The book of grants. What a subscription is (its term, its traffic, its plan) is computed from its entries, in their
 * order, and from nothing else. How it works, with examples: docs/book-of-grants.md.
 */
import { isPaidFor, type BookEntry } from './bookEntry';
import { isUnlimited, lastGb, sumGb, trafficLeft, trafficLimitsOf, unlimitedEnd } from './bookTraffic';
import { withTrialBack, withTrialSetAside } from './bookTrial';
import { limitsBesidesTraffic, type SubscriptionLimits } from './grant';
import type { Access } from './refund';

/** A grant as later entries left it. */
export interface GrantInBook {
  readonly entry: BookEntry;
  /** The time that it still gives, in ms, and from when to when: after the grants before it. Epoch ms. */
  readonly ms: number;
  readonly begins: number;
  readonly ends: number;
  /** GiB of it that count in the account's limit. */
  readonly gb: number;
  /** GiB of a trial that were not used when something was bought for the same key: they don't count beside it. */
  readonly setAsideGb: number;
  /**
   * Time of a trial that ended when something was bought for the same key; of what was bought and refunded, its time
   * that has passed in place of the trial's. In ms.
   */
  readonly setAsideMs: number;
  /** What refunds have taken of it. */
  readonly revoked: Access;
  /** None of its money stays with the shop. */
  readonly whole: boolean;
  /** The time before which its days don't begin: its money, or its late delivery. Epoch ms. */
  readonly notBefore: number;
  /** It was unlimited, and that time is over. */
  readonly unlimitedOver: boolean;
}

/** What the entries of one subscription come to. */
export interface Book extends SubscriptionLimits {
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** When the last grant that still counts was given, or was delivered late. */
  readonly prolongedAt: Date;
  readonly planCode: string;
  /** Oldest first. */
  readonly grants: readonly GrantInBook[];
  /** GiB of the account's life that belong to no grant any more. */
  readonly spentGb: number;
}

/**
 * What a subscription is, by its entries.
 * @param entries of one subscription, in their order
 * @throws Error for entries that don't begin with a grant, or speak of a grant that is not among them
 */
export function foldBook(entries: readonly BookEntry[]): Book {
  const { grants, spentGb } = entries.reduce(appended, { grants: [], spentGb: 0 });
  const [first] = grants;
  if (first === undefined) throw new Error('a subscription without a grant');
  const kept = grants.filter(({ whole }) => !whole);
  const counted = kept.length > 0 ? kept : grants;
  return {
    startsAt: new Date(first.notBefore),
    expiresAt: new Date(endOf(grants)),
    prolongedAt: new Date(Math.max(...(kept.length > 0 ? kept : [first]).map(({ notBefore }) => notBefore))),
    planCode: counted.at(-1)!.entry.planCode ?? '',
    ...limitsBesidesTraffic(counted.map(({ entry }) => entry)),
    ...trafficLimitsOf(grants, spentGb),
    grants,
    spentGb,
  };
}

/** The grant that a payment gave. @throws Error when it gave none */
export function grantOfSource({ grants }: Pick<Book, 'grants'>, source: string): GrantInBook {
  const grant = grants.find(({ entry }) => entry.source === source);
  if (!grant) throw new Error(`payment ${source} has no grant in the book of its subscription`);
  return grant;
}

type Parts = Pick<Book, 'grants' | 'spentGb'>;

function appended(book: Parts, entry: BookEntry): Parts {
  switch (entry.kind) {
    case 'purchase':
    case 'renewal':
    case 'promo':
    case 'trial':
    case 'gift':
    case 'referral':
    case 'compensation':
    case 'owner':
      return withGrant(book, entry);
    case 'delay':
      return changed(book, entry, (grant) => ({ ...grant, notBefore: entry.at.getTime() }));
    case 'refund':
      return withRefund(book, entry);
    case 'usage':
      return unlimitedEnded(book, entry.usedGb);
  }
}

/**
 * Days follow the days there are, or begin now. GiB add up. Unlimited days come first: what is left of the GiB, rounded
 * up, waits for the time after them, and what is used of them leaves the grants, the oldest first.
 */
function withGrant(book: Parts, entry: BookEntry): Parts {
  const { spentGb } = book;
  const grants = isPaidFor(entry) ? inTime(withTrialSetAside(book, entry)) : book.grants;
  const at = entry.at.getTime();
  const added: GrantInBook = {
    entry,
    ms: entry.ms,
    begins: at,
    ends: at,
    gb: entry.trafficGb ?? 0,
    setAsideGb: 0,
    setAsideMs: 0,
    revoked: { ms: 0, gb: 0 },
    whole: false,
    notBefore: at,
    unlimitedOver: false,
  };
  if (entry.trafficGb !== null || unlimitedEnd(grants) !== undefined)
    return { grants: inTime([...grants, added]), spentGb };
  const waiting = withLimitedWaiting({ grants, spentGb }, entry.usedGb);
  return { ...waiting, grants: inTime([...waiting.grants, added]) };
}

function withLimitedWaiting({ grants, spentGb }: Parts, usedGb: number | null): Parts {
  const left = trafficLeft({ grants, spentGb }, usedGb).reduce((sum, gb) => sum + gb, 0);
  const waiting = lastGb(grants, Math.ceil(left));
  return { grants: waiting, spentGb: spentGb + sumGb(grants) - sumGb(waiting) };
}

function withRefund(book: Parts, entry: BookEntry): Parts {
  const taken = changed(book, entry, (grant) => ({
    ...grant,
    ms: grant.ms + entry.ms,
    gb: grant.gb + (entry.trafficGb ?? 0),
    revoked: { ms: grant.revoked.ms - entry.ms, gb: grant.revoked.gb - (entry.trafficGb ?? 0) },
    whole: grant.whole || entry.whole,
  }));
  const refunded = { ...taken, grants: inTime(withTrialBack(taken, entry.at)) };
  const before = unlimitedEnd(book.grants);
  const until = unlimitedEnd(refunded.grants);
  if (before === undefined && until === undefined) return refunded;
  // Nothing is left of the unlimited time: what was bought by the GiB is there at once, not after the next sync.
  const isOver = until === undefined || (until <= entry.at.getTime() && until < endOf(refunded.grants));
  if (isOver) return unlimitedEnded(refunded, entry.usedGb);
  // Of an unlimited trial time is back.
  return until > (before ?? -Infinity) ? withLimitedWaiting(refunded, entry.usedGb) : refunded;
}

function unlimitedEnded({ grants, spentGb }: Parts, usedGb: number | null): Parts {
  return {
    grants: grants.map((grant) => (isUnlimited(grant) ? { ...grant, unlimitedOver: true } : grant)),
    spentGb: Math.max(spentGb, Math.ceil(usedGb ?? 0)),
  };
}

function changed(
  { grants, spentGb }: Parts,
  { kind, source, grantId }: BookEntry,
  change: (grant: GrantInBook) => GrantInBook,
): Parts {
  if (!grants.some(({ entry }) => entry.id === grantId))
    throw new Error(`the ${kind} ${source} is about a grant that the subscription does not have`);
  return { grants: inTime(grants.map((grant) => (grant.entry.id === grantId ? change(grant) : grant))), spentGb };
}

/**
 * From when to when each grant's days are: after those before it, and never before they were paid for, or delivered. A
 * grant of which nothing is left leaves no gap behind.
 */
function inTime(grants: readonly GrantInBook[]): GrantInBook[] {
  let end = -Infinity;
  return grants.map((grant) => {
    const begins = Math.max(end, grant.notBefore);
    const ends = begins + grant.ms;
    if (grant.ms > 0) end = ends;
    return { ...grant, begins, ends };
  });
}

/** Epoch ms; of a subscription of which nothing is left, its beginning. */
function endOf(grants: readonly GrantInBook[]): number {
  const begins = grants[0]!.notBefore;
  return Math.max(begins, grants.findLast(({ ms }) => ms > 0)?.ends ?? begins);
}
