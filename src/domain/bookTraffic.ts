/** The traffic of a subscription by its grants: unlimited days come first, GiB are used from the oldest grant on. */
import { limitedTo, type TrafficLimits } from './grant';
import type { Book, GrantInBook } from './grantBook';
import type { Access } from './refund';

export const isUnlimited = ({ entry }: GrantInBook): boolean => entry.trafficGb === null;

/** Until when traffic is unlimited, in epoch ms: the unlimited grants one after the other, not behind limited ones. */
export function unlimitedEnd(grants: readonly GrantInBook[]): number | undefined {
  let end: number | undefined;
  for (const grant of grants)
    if (isUnlimited(grant) && !grant.unlimitedOver && grant.ms > 0)
      end = Math.max(end ?? -Infinity, grant.notBefore) + grant.ms;
  return end;
}

export function trafficLimitsOf(grants: readonly GrantInBook[], spentGb: number): TrafficLimits {
  const until = unlimitedEnd(grants);
  const laterTrafficGb = sumGb(grants);
  return until === undefined
    ? limitedTo(spentGb + laterTrafficGb)
    : { trafficGb: null, unlimitedUntil: new Date(until), laterTrafficGb };
}

export function sumGb(grants: readonly GrantInBook[]): number {
  return grants.reduce((sum, { gb }) => sum + gb, 0);
}

/** The grants with so many of their GiB in all, the newest ones'. */
export function lastGb(grants: readonly GrantInBook[], total: number): GrantInBook[] {
  let left = total;
  return grants
    .toReversed()
    .map((grant) => {
      const gb = Math.min(grant.gb, left);
      left -= gb;
      return { ...grant, gb };
    })
    .toReversed();
}

/** What is left of each grant's GiB: the oldest are used first. */
export function trafficLeft({ grants, spentGb }: Pick<Book, 'grants' | 'spentGb'>, usedGb: number | null): number[] {
  let used = Math.max(0, (usedGb ?? 0) - spentGb);
  return grants.map(({ gb }) => {
    const left = Math.max(0, gb - used);
    used = Math.max(0, used - gb);
    return left;
  });
}

const placeOf = ({ grants }: Book, { entry }: GrantInBook): number => grants.findIndex((one) => one.entry === entry);

/**
 * What of a grant is still ahead, so that taking it takes nothing of another grant and nothing that was used: its time
 * after `now`, all of it while it is not delivered; its GiB (whole ones) that are not used yet.
 * @param usedGb what the panel last showed; `null`: nothing
 */
export function aheadOf(
  book: Book,
  grant: GrantInBook,
  { now, usedGb, isDelivered }: { readonly now: Date; readonly usedGb: number | null; readonly isDelivered: boolean },
): Access {
  const ms = isDelivered ? Math.max(0, grant.ends - Math.max(grant.begins, now.getTime())) : grant.ms;
  // What was bought by the GiB waits while traffic is unlimited.
  const gb = book.trafficGb === null ? grant.gb : Math.floor(trafficLeft(book, usedGb)[placeOf(book, grant)] ?? 0);
  return { ms, gb };
}

/**
 * GiB of the account's life that are not this grant's, because they came before it; `null`: nothing of this one is used
 * yet, because unlimited time is used first.
 */
export function usedBefore(book: Book, grant: GrantInBook): number | null {
  const before = book.grants.slice(0, placeOf(book, grant));
  if (isUnlimited(grant)) return unlimitedEnd(before) === undefined ? (grant.entry.usedGb ?? 0) : null;
  return book.trafficGb === null ? null : book.spentGb + sumGb(before);
}
