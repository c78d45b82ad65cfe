import { delayEntry, type BookEntry } from '../../../domain/bookEntry';
import { foldBook, grantOfSource, type Book } from '../../../domain/grantBook';
import type { Queryable } from '../pool';
import { entriesOf, lockBook, type LockedBook } from '../grantBook';

/**
 * A key that comes late has all its days all the same: they begin with it. The panel is told the term as it is with a
 * delivery at that moment, and the book gets the delay when the panel has confirmed it: attempts that failed, and those
 * that overlap, leave no trace.
 */
interface Delayed {
  readonly delay: BookEntry;
  /** What the subscription is with it. */
  readonly book: Book;
}

function delayed(entries: readonly BookEntry[], source: string, at: Date): Delayed {
  const grant = grantOfSource(foldBook(entries), source);
  const delay = delayEntry(grant.entry, at);
  return { delay, book: foldBook([...entries, delay]) };
}

/**
 * What a subscription is if the key of this payment, or trial, is there at `at`. Nothing is changed.
 *
 * A renewal that waits behind days still running changes nothing now; what was paid for after it follows it.
 */
export async function termIfDelivered(
  db: Queryable,
  { id, subscriptionId }: { readonly id: string; readonly subscriptionId: string },
  at: Date,
): Promise<Omit<Book, 'grants' | 'spentGb'>> {
  return delayed(await entriesOf(db, [subscriptionId]), id, at).book;
}

/** The same of the locked subscription, to be recorded: nobody adds an entry meanwhile. */
export async function lockDelayed(
  client: Queryable,
  { id, subscriptionId }: { readonly id: string; readonly subscriptionId: string },
  at: Date,
): Promise<Delayed & { readonly locked: LockedBook }> {
  const locked = await lockBook(client, subscriptionId);
  return { ...delayed(locked.entries, id, at), locked };
}
