/** A trial in the book of grants, when something is bought for its key, and when all of that is refunded. */
import { isPaidFor, type BookEntry } from './bookEntry';
import { isUnlimited, trafficLeft } from './bookTraffic';
import type { Book, GrantInBook } from './grantBook';

type Parts = Pick<Book, 'grants' | 'spentGb'>;

/** Nothing counts but a trial. */
const isTrialOnly = ({ grants }: Parts): boolean =>
  grants.every(({ entry, whole }) => whole || entry.kind === 'trial') && grants.some(({ whole }) => !whole);

/**
 * The limit of somebody who buys after a trial is what they had used, and what they buy; what they buy begins at once
 * where the trial is one that ends with a purchase.
 * @param bought its entry
 * @returns the grants before it; where their time lies is to be computed anew
 */
export function withTrialSetAside(book: Parts, { at, usedGb }: BookEntry): readonly GrantInBook[] {
  if (!isTrialOnly(book)) return book.grants;
  const left = usedGb === null ? undefined : trafficLeft(book, usedGb).map(Math.floor);
  return book.grants.map((grant, index) => {
    if (grant.entry.kind !== 'trial') return grant;
    const gb = left?.[index] ?? 0;
    const ahead = Math.min(grant.ms, Math.max(0, grant.ends - at.getTime()));
    const ms = grant.entry.endsWithPurchase ? ahead : 0;
    return {
      ...grant,
      ...{ gb: grant.gb - gb, setAsideGb: grant.setAsideGb + gb },
      ...{ ms: grant.ms - ms, setAsideMs: grant.setAsideMs + ms },
    };
  });
}

/** All money that was paid for it, or for what it came with, was refunded. */
const isRefunded = ({ entry, whole }: GrantInBook): boolean => whole && (isPaidFor(entry) || entry.kind === 'promo');

/**
 * Nothing that was bought is left: the trial is what it was, whatever was given for nothing meanwhile. What has passed
 * in place of its time is taken off what was bought, so that nothing behind it moves; time in which nothing was there,
 * because a key came late, passes for the trial alone.
 * @param at when the last of it was refunded
 */
export function withTrialBack({ grants }: Parts, at: Date): readonly GrantInBook[] {
  const trial = grants.find(({ entry }) => entry.kind === 'trial');
  if (!trial || grants.some(({ entry, whole }) => isPaidFor(entry) && !whole)) return grants;
  const ownEnd = trial.ends + trial.setAsideMs;
  const until = Math.min(ownEnd, at.getTime());
  const within = ({ begins, ends }: GrantInBook) => Math.max(0, Math.min(ends, until) - Math.max(begins, trial.ends));
  let passedMs = grants.reduce((sum, grant) => (grant === trial ? sum : sum + within(grant)), 0);
  const passed = grants.map((grant) => {
    const ms = isRefunded(grant) ? Math.min(passedMs, grant.ms) : 0;
    passedMs -= ms;
    return ms === 0 ? grant : { ...grant, ms: grant.ms - ms, setAsideMs: grant.setAsideMs + ms };
  });
  return passed.map((grant) =>
    grant === trial
      ? {
          ...grant,
          ...{ gb: grant.gb + grant.setAsideGb, setAsideGb: 0 },
          ...{ ms: grant.ms + grant.setAsideMs, setAsideMs: 0 },
          // Unlimited days that were set aside are in force again.
          unlimitedOver: grant.unlimitedOver && !(isUnlimited(grant) && ownEnd > at.getTime()),
        }
      : grant,
  );
}
