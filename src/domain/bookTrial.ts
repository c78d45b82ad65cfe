/** A trial in the book of grants, when something is bought for its key, and when all of that is refunded. */
import type { BookEntry } from './bookEntry';
import { trafficLeft } from './bookTraffic';
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

/**
 * Nothing that was bought is left: the trial is what it was. Time of what was bought that is used already has passed in
 * place of the trial's.
 */
export function withTrialBack(book: Parts): readonly GrantInBook[] {
  if (!isTrialOnly(book)) return book.grants;
  const usedMs = book.grants.filter(({ whole }) => whole).reduce((sum, { ms }) => sum + ms, 0);
  return book.grants.map((grant) => ({
    ...grant,
    ...{ gb: grant.gb + grant.setAsideGb, setAsideGb: 0 },
    ...{ ms: grant.ms + Math.max(0, grant.setAsideMs - usedMs), setAsideMs: Math.min(grant.setAsideMs, usedMs) },
  }));
}
