/** The book of grants in the database, and the row of `subscriptions` that repeats what it comes to. */
import type { BookEntry } from '../../domain/bookEntry';
import { foldBook, type Book } from '../../domain/grantBook';
import type { SubscriptionStatus } from '../../domain/subscription';
import { PANEL_ADMIN } from './catalogue';
import type { Queryable } from './pool';
import { prepared, queryRow, queryRows } from './query';
import { camelCased, selectedColumns } from './tables/columns';
import { ENTRY_COLUMNS, entryParameters, entryValues, grantEntryRow } from './tables/grantEntries';
import { LIMIT_COLUMNS, LIMITS_COUNT, limitAssignments, limitParameters, limitValues } from './tables/planGrant';
import { subscriptionRow, subscriptionUsageRow } from './tables/subscriptions';

const storedEntry = grantEntryRow.transform((row) => camelCased(row));
export type StoredEntry = ReturnType<(typeof storedEntry)['parse']>;

const lockedSubscription = subscriptionRow
  .pick({ status: true })
  .extend({ used_gb: subscriptionUsageRow.shape.used_gb.nullable() })
  .transform((row) => camelCased(row));

const ENTRIES = prepared(
  `SELECT ${selectedColumns(grantEntryRow, 'e')} FROM grant_entries e WHERE e.subscription_id = ANY($1) ORDER BY e.id`,
);
const LOCK = prepared(
  `SELECT u.status, (SELECT used_gb FROM subscription_usage g WHERE g.subscription_id = u.id) AS used_gb
   FROM subscriptions u WHERE u.id = $1 FOR UPDATE`,
);

/** The entries of these subscriptions, in their order. */
export function entriesOf(db: Queryable, subscriptionIds: readonly string[]): Promise<StoredEntry[]> {
  return queryRows(db, storedEntry, ENTRIES, [subscriptionIds]);
}

export async function bookOf(db: Queryable, subscriptionId: string): Promise<Book> {
  return foldBook(await entriesOf(db, [subscriptionId]));
}

/** A subscription and its entries, to which nobody else adds one before this transaction ends. */
export interface LockedBook {
  readonly subscriptionId: string;
  readonly status: SubscriptionStatus;
  /** What the panel last showed, in GiB; `null` when it never did. */
  readonly usedGb: number | null;
  readonly entries: readonly BookEntry[];
  readonly book: Book;
}

/**
 * Locks a subscription first, so that the entries read after it are all there are.
 * @throws Error when there is no such subscription
 */
export async function lockBook(client: Queryable, subscriptionId: string): Promise<LockedBook> {
  const locked = await queryRow(client, lockedSubscription, LOCK, [subscriptionId]);
  if (!locked) throw new Error(`subscription ${subscriptionId} does not exist`);
  const entries = await entriesOf(client, [subscriptionId]);
  return { subscriptionId, ...locked, entries, book: foldBook(entries) };
}

/**
 * The insertion of an entry as a part of the statement that writes what the book then comes to:
 * `WITH ${entryInsertion(4)} UPDATE subscriptions ... WHERE id = $1`. `entryValues` are the parameters from `first` on,
 * `$1` is the subscription. All parts of a statement see the row as it was before it, so `end_before` is the old end.
 */
function entryInsertion(first: number): string {
  return `new_entry AS (INSERT INTO grant_entries (subscription_id, ${ENTRY_COLUMNS}, end_before)
    VALUES ($1, ${entryParameters(first)}, (SELECT expires_at FROM subscriptions WHERE id = $1)))`;
}

const ADD = prepared(
  `WITH ${entryInsertion(10 + LIMITS_COUNT)}
   INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at,
     prolonged_at, status, panel_admin, ${LIMIT_COLUMNS})
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', (SELECT ${PANEL_ADMIN} FROM servers WHERE code = $4),
     ${limitParameters(10)})`,
);

/**
 * Adds a subscription with its first grants, still to be delivered.
 * @param entries of the grants
 * @returns its id
 */
export async function addSubscription(
  client: Queryable,
  of: {
    readonly subscriptionId: string;
    readonly panelUserId: string;
    readonly userId: number;
    readonly locationCode: string;
    readonly serverCode: string;
  },
  [entry, ...more]: readonly [BookEntry, ...BookEntry[]],
): Promise<string> {
  const { startsAt, expiresAt, prolongedAt, planCode, ...limits } = foldBook([entry]);
  await client.query(ADD, [
    ...[of.subscriptionId, of.userId, of.locationCode, of.serverCode, planCode, of.panelUserId],
    ...[startsAt, expiresAt, prolongedAt],
    ...limitValues(limits),
    ...entryValues(entry),
  ]);
  if (more.length > 0) await appendEntries(client, await lockBook(client, of.subscriptionId), more);
  return of.subscriptionId;
}

const APPEND = prepared(
  `WITH ${entryInsertion(7 + LIMITS_COUNT)} UPDATE subscriptions
   SET starts_at = $2, expires_at = $3, plan_code = $4, status = $5, prolonged_at = $6, ${limitAssignments(7)},
     updated_at = now()
   WHERE id = $1`,
);

/**
 * Adds an entry, and writes what the subscription is by it.
 * @param statusOf the status of the subscription from now on; without it, as it was
 * @returns what the book comes to
 */
export async function appendEntry(
  client: Queryable,
  { subscriptionId, entries, status: before }: Pick<LockedBook, 'subscriptionId' | 'entries' | 'status'>,
  entry: BookEntry,
  statusOf: (book: Book) => SubscriptionStatus = () => before,
): Promise<Book> {
  const book = foldBook([...entries, entry]);
  await client.query(APPEND, [
    subscriptionId,
    book.startsAt,
    book.expiresAt,
    book.planCode,
    statusOf(book),
    book.prolongedAt,
    ...limitValues(book),
    ...entryValues(entry),
  ]);
  return book;
}

/** Adds several, one after the other; see `appendEntry`. */
export async function appendEntries(
  client: Queryable,
  locked: Pick<LockedBook, 'subscriptionId' | 'entries' | 'status'>,
  added: readonly BookEntry[],
  statusOf?: (book: Book) => SubscriptionStatus,
): Promise<void> {
  for (const [index, entry] of added.entries())
    await appendEntry(client, { ...locked, entries: [...locked.entries, ...added.slice(0, index)] }, entry, statusOf);
}
