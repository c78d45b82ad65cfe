import { grantOfEntry } from './bookEntry';
import { aheadOf } from './bookTraffic';
import type { Book, GrantInBook } from './grantBook';
import { shareOf, type Access } from './refund';

/** Of what was paid for a grant, what was refunded in all; kopecks. */
export interface RefundedShare {
  readonly refundedKopecks: number;
  readonly paidKopecks: number;
}

/**
 * What a refund takes of a grant now: what its share still lacks, as far as it lies ahead.
 * @param share `null`: all of it
 * @param when see `aheadOf`
 */
export function takenOf(
  book: Book,
  grant: GrantInBook,
  share: RefundedShare | null,
  when: Parameters<typeof aheadOf>[2],
): Access & { readonly whole: boolean } {
  const wanted = share === null ? grant : missingOf(grant, share);
  const ahead = aheadOf(book, grant, when);
  return { ms: Math.min(wanted.ms, ahead.ms), gb: Math.min(wanted.gb, ahead.gb), whole: share === null };
}

/** The share of a grant that belongs to the refunded money, without what was revoked of it already. */
function missingOf({ entry, revoked }: GrantInBook, { refundedKopecks, paidKopecks }: RefundedShare): Access {
  const share = shareOf({ ...grantOfEntry(entry), paidKopecks }, refundedKopecks);
  return { ms: Math.max(0, share.ms - revoked.ms), gb: Math.max(0, share.gb - revoked.gb) };
}
