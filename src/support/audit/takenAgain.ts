/** Takes every refund again from the book of grants, as it was before it: what it took must be what it was to take. */
import { takenOf, type RefundedShare } from '../../domain/bookRefund';
import { foldBook, type Book, type GrantInBook } from '../../domain/grantBook';
import { isPaidFor } from '../../domain/bookEntry';
import { MINUTE_MS } from '../../domain/duration';
import type { Access } from '../../domain/refund';
import type { Difference } from './differences';
import type { LedgerGift } from './gifts';
import { groupBy, type DatabaseBook, type LedgerEntry, type LedgerFreeGrant, type LedgerPayment } from './ledger';

type Known = Pick<DatabaseBook, 'payments' | 'promoUses' | 'entries' | 'freeGrants' | 'gifts'>;

/** The delivery and the refund are dated by different clocks: which of two so close ones came first is not known. */
const CLOCKS_MS = MINUTE_MS;

/** What a refund of a grant is computed from, beside the book. */
interface Cause {
  /** `null`: all of it. */
  readonly share: RefundedShare | null;
  readonly deliveredAt: Date | null;
  /** The order whose money it is, where there is one. */
  readonly payment?: string;
}

/** @param paidKopecks what came at the provider for a payment; `undefined`: not read */
export function compareTaken(
  database: Known,
  paidKopecks: (payment: LedgerPayment) => number | undefined,
): Difference[] {
  const causes = causesOf(database, paidKopecks);
  return [...groupBy(database.entries, ({ subscriptionId }) => subscriptionId).values()].flatMap((entries) =>
    entries.flatMap((entry, at) => {
      const grant = entry.kind === 'refund' ? entries.find(({ id }) => id === entry.grantId) : undefined;
      const before = grant && fold(entries.slice(0, at));
      const cause = before && causes(entry, grant, entries.slice(0, at + 1));
      if (!cause) return [];
      const detail = wrongOf(
        entry,
        before,
        before.grants.find((one) => one.entry.id === grant.id)!,
        cause,
      );
      const { payment } = cause;
      const ids = { subscription: entry.subscriptionId, ...(payment === undefined ? {} : { payment }) };
      return detail === undefined ? [] : [{ kind: 'wrong-grant', ids, detail }];
    }),
  );
}

/** @returns `undefined` where no book can be computed: that has its own difference */
function fold(entries: readonly LedgerEntry[]): Book | undefined {
  try {
    return foldBook(entries);
  } catch {
    return undefined;
  }
}

type Causes = (entry: LedgerEntry, grant: LedgerEntry, until: readonly LedgerEntry[]) => Cause | undefined;

/** @returns what caused a refund's entry; `undefined`: it is not known here, for it is older than the audited span */
function causesOf(
  { payments, promoUses, freeGrants, gifts }: Known,
  paidKopecks: (payment: LedgerPayment) => number | undefined,
): Causes {
  const paymentOf = new Map(payments.map((one) => [one.id, one]));
  const orderOf = new Map(promoUses.map(({ id, paymentId }) => [id, paymentId]));
  const freeOf = new Map(freeGrants.map((one) => [one.id, one]));
  const giftOf = new Map(gifts.map((one) => [one.id, one]));

  const ofOrder = (payment: LedgerPayment, entry: LedgerEntry, until: readonly LedgerEntry[]): Cause | undefined => {
    const { id, deliveredAt } = payment;
    const paid = paidKopecks(payment);
    if (paid === undefined) return undefined;
    const bought = until.find((one) => isPaidFor(one) && one.source === id);
    // The days of a promo code are taken behind what was bought, by the same share.
    const refundedKopecks = until
      .filter(({ kind, grantId }) => kind === 'refund' && grantId === bought?.id)
      .reduce((sum, { kopecks }) => sum - kopecks, 0);
    return { share: entry.whole ? null : { refundedKopecks, paidKopecks: paid }, deliveredAt, payment: id };
  };
  return (entry, grant, until) => {
    const payment = paymentOf.get(isPaidFor(grant) ? grant.source : (orderOf.get(grant.source) ?? ''));
    if (payment) return ofOrder(payment, entry, until);
    const free = freeOf.get(grant.source);
    return free && ofGrant(free, giftOf.get(free.source), entry);
  };
}

/** A part is taken only of a gift. Its entries don't say how much of the money: the newest one goes by all of it. */
function ofGrant(
  { deliveredAt }: LedgerFreeGrant,
  gift: LedgerGift | undefined,
  entry: LedgerEntry,
): Cause | undefined {
  if (entry.whole) return { share: null, deliveredAt, ...(gift ? { payment: gift.id } : {}) };
  if (!gift || gift.revoked?.lastSource !== entry.source) return undefined;
  const { refundedKopecks, paidKopecks } = gift;
  return { share: { refundedKopecks, paidKopecks }, deliveredAt, payment: gift.id };
}

/** @returns how what was taken differs from what was to be taken; `undefined`: it does not */
function wrongOf(
  entry: LedgerEntry,
  book: Book,
  grant: GrantInBook,
  { share, deliveredAt }: Cause,
): string | undefined {
  const { at: now, usedGb } = entry;
  const isDelivered = deliveredAt !== null && now.getTime() - deliveredAt.getTime() >= CLOCKS_MS;
  // Before its delivery all of its time lies ahead; about the moment of the delivery either may have been so.
  const states = isDelivered ? [true] : deliveredAt === null ? [false] : [true, false];
  const possible = states.map((state) => takenOf(book, grant, share, { now, usedGb, isDelivered: state }));
  const taken: Access = { ms: 0 - entry.ms, gb: 0 - (entry.trafficGb ?? 0) };
  if (possible.some(({ ms, gb }) => ms === taken.ms && gb === taken.gb)) return undefined;
  const { ms, gb } = possible[0]!;
  return `a refund took ${taken.ms} ms and ${taken.gb} GB of ${grant.entry.kind} ${grant.entry.source}, not ${ms} ms and ${gb} GB`;
}
