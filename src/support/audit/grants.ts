/** Compares the subscriptions and the money with the book of grants, to the millisecond. */
import { grantOfEntry, isFree } from '../../domain/bookEntry';
import { grantOf, planLimitsOf, sameLimits, type SubscriptionLimits } from '../../domain/grant';
import { foldBook, type Book, type GrantInBook } from '../../domain/grantBook';
import { isLiving } from '../../domain/subscription';
import type { Difference } from './differences';
import {
  groupBy,
  type LedgerEntry,
  type LedgerFreeGrant,
  type LedgerPayment,
  type LedgerSubscription,
  type DatabaseBook,
} from './ledger';
import type { AccessTotals } from './totals';

interface Judged {
  readonly subscription: LedgerSubscription;
  readonly owners: readonly LedgerPayment[];
  /** The use of a promo code that a payment holds. */
  readonly useOf: ReadonlyMap<string, string>;
  /** What it was given for nothing. */
  readonly free: readonly LedgerFreeGrant[];
  readonly add: (kind: Difference['kind'], detail: string, payment?: string) => void;
}

/** @param ownersOf the payments of the audited span, by their subscription */
export function compareGrants(
  {
    subscriptions,
    entries,
    promoUses,
    freeGrants,
  }: Pick<DatabaseBook, 'subscriptions' | 'entries' | 'promoUses' | 'freeGrants'>,
  ownersOf: ReadonlyMap<string, readonly LedgerPayment[]>,
): { differences: Difference[]; totals: AccessTotals } {
  const differences: Difference[] = [];
  const sums = { given: 0, free: 0, revoked: 0, idle: 0, recorded: 0 };
  const useOf = new Map(promoUses.map(({ paymentId, id }) => [paymentId, id]));
  const freeOf = groupBy(freeGrants, ({ subscriptionId }) => subscriptionId);
  const entriesOf = groupBy(entries, ({ subscriptionId }) => subscriptionId);
  for (const subscription of subscriptions) {
    const owners = ownersOf.get(subscription.id) ?? [];
    const ids = { subscription: subscription.id, server: subscription.serverCode };
    const add: Judged['add'] = (kind, detail, payment = owners[0]?.id) =>
      void differences.push({ kind, ids: { ...ids, ...(payment === undefined ? {} : { payment }) }, detail });
    const own = entriesOf.get(subscription.id) ?? [];
    // Read only because an account of it was found on a panel: its book was not read.
    if (own.length === 0 && !isLiving(subscription)) continue;
    sums.recorded += subscription.expiresAt.getTime() - subscription.startsAt.getTime();
    const book = fold(own);
    if (typeof book === 'string') {
      add('wrong-term', book);
      continue;
    }
    const time = timeOf(book);
    sums.given += time.given;
    sums.free += time.free;
    sums.revoked += time.revoked;
    sums.idle += time.idle;
    const judged = { subscription, owners, useOf, free: freeOf.get(subscription.id) ?? [], add };
    judgeTerm(judged, book);
    judgeMoney(judged, book, own);
  }
  const accounted = sums.given - sums.revoked + sums.idle;
  return { differences, totals: { ...sums, unaccounted: sums.recorded - accounted } };
}

/** @returns the book, or the error message where no book can be computed from the entries */
function fold(entries: readonly LedgerEntry[]): Book | string {
  try {
    return foldBook(entries);
  } catch (error) {
    return (error as Error).message;
  }
}

function timeOf({ grants, startsAt, expiresAt }: Book): Pick<AccessTotals, 'given' | 'free' | 'revoked' | 'idle'> {
  const given = grants.reduce((sum, { entry }) => sum + entry.ms, 0);
  const free = grants.filter(({ entry }) => isFree(entry)).reduce((sum, { entry }) => sum + entry.ms, 0);
  const revoked = grants.reduce((sum, grant) => sum + grant.revoked.ms + grant.setAsideMs, 0);
  return { given, free, revoked, idle: expiresAt.getTime() - startsAt.getTime() - (given - revoked) };
}

/** The recorded term and limits, which the panel is told, must be those that the book gives. */
function judgeTerm({ subscription, add }: Judged, book: Book): void {
  const isAsComputed =
    subscription.startsAt.getTime() === book.startsAt.getTime() &&
    subscription.expiresAt.getTime() === book.expiresAt.getTime() &&
    subscription.prolongedAt.getTime() === book.prolongedAt.getTime() &&
    subscription.planCode === book.planCode &&
    sameLimits(subscription, book);
  if (!isAsComputed) add('wrong-term', `recorded: ${termWords(subscription)}; by the book: ${termWords(book)}`);
}

function termWords(
  term: SubscriptionLimits & Pick<Book, 'startsAt' | 'expiresAt' | 'prolongedAt' | 'planCode'>,
): string {
  const { startsAt, expiresAt, prolongedAt, planCode, unlimitedUntil, laterTrafficGb } = term;
  const { trafficGb, ...others } = planLimitsOf(term);
  const traffic =
    unlimitedUntil === null
      ? `${trafficGb} GB`
      : `unlimited until ${unlimitedUntil.toISOString()}, then ${laterTrafficGb} GB more`;
  const limits = [traffic, ...Object.entries(others).map(([limit, value]) => `${limit} ${String(value)}`)];
  const [from, to, last] = [startsAt, expiresAt, prolongedAt].map((at) => at.toISOString());
  return `${planCode}, ${from} to ${to}, last grant ${last}, ${limits.join(', ')}`;
}

/**
 * Each payment that bought access must have a grant, each grant a payment or a free grant, each refund its reduction.
 */
function judgeMoney(
  { subscription, owners, useOf, free, add }: Judged,
  book: Book,
  entries: readonly LedgerEntry[],
): void {
  const grants = new Map(book.grants.map((grant) => [grant.entry.source, grant]));
  for (const payment of owners) {
    const grant = grants.get(payment.id);
    if (!grant) {
      add('grant-missing', `${payment.days} days were paid for`, payment.id);
      continue;
    }
    const refundedKopecks = entries
      .filter(({ grantId }) => grantId === grant.entry.id)
      .reduce((sum, { kopecks }) => sum - kopecks, 0);
    const wrong = wrongFields(payment, grant, refundedKopecks);
    if (wrong.length > 0) add('wrong-grant', wrong.join('; '), payment.id);
    const given = promoDaysOf(payment, grants.get(useOf.get(payment.id) ?? ''), grant.whole);
    if (given !== undefined) add('wrong-grant', given, payment.id);
  }
  // Of a subscription that has ended only the payments of the audited span are known, not all of them, and only the
  // uses of promo codes that those hold.
  const isKnown = isLiving(subscription);
  const uses = new Set(owners.map(({ id }) => useOf.get(id)));
  for (const { kind, source } of entries) {
    if (!isFree({ kind }) || (kind === 'promo' && !isKnown)) continue;
    if (!uses.has(source) && !free.some((given) => given.kind === kind && given.id === source))
      add('grant-without-money', `${kind} ${source}`);
  }
  for (const { id, kind, source } of free)
    if (grants.get(id)?.entry.kind !== kind) add('grant-missing', `${kind} ${source} was given`);
  if (!isKnown) return;
  const paid = new Set(owners.flatMap(({ id }) => [id, useOf.get(id)]));
  for (const { entry } of book.grants)
    if (!isFree(entry) && !paid.has(entry.source))
      add('grant-without-money', `${entry.kind} ${entry.source}`, entry.kind === 'promo' ? undefined : entry.source);
}

/** @returns what is wrong with the days that a promo code gave; `undefined`: nothing */
function promoDaysOf({ promoDays }: LedgerPayment, given: GrantInBook | undefined, whole: boolean): string | undefined {
  const days = given === undefined ? 0 : grantOfEntry(given.entry).days;
  if (days !== promoDays) return `days of the promo code: ${days}, the payment says ${promoDays}`;
  return given !== undefined && given.whole !== whole
    ? 'the days of its promo code count otherwise than its own'
    : undefined;
}

function wrongFields(payment: LedgerPayment, { entry, whole }: GrantInBook, refundedKopecks: number): string[] {
  const wrong: string[] = [];
  const compare = (what: string, paid: string | number | null, given: string | number | null) => {
    if (paid !== given) wrong.push(`${what}: ${given}, the payment says ${paid}`);
  };
  compare('kind', payment.purpose === 'renew' ? 'renewal' : 'purchase', entry.kind);
  const [paid, given] = [grantOf(payment), grantOf(grantOfEntry(entry))];
  for (const field of Object.keys(paid) as (keyof typeof paid)[]) compare(field, paid[field], given[field]);
  compare('currency', payment.currency, entry.currency);
  compare('price', payment.priceKopecks, entry.kopecks);
  compare('refunded', payment.refundedKopecks, refundedKopecks);
  const isRefunded = payment.status === 'refunding' || payment.status === 'refunded';
  if (isRefunded && !whole) wrong.push('all of the money goes back, and the grant still counts');
  return wrong;
}
