import { compareAccess } from './access';
import type { Difference } from './differences';
import { compareGifts } from './gifts';
import type { AuditRules, Books, GonePanel, LedgerPayment, VoucherCounts } from './ledger';
import type { AccessTotals, Totals } from './totals';
import { compareMoney } from './money';
import { comparePromos } from './promos';
import { compareTaken } from './takenAgain';
import { compareRewards } from './rewards';
import { compareVouchers } from './vouchers';

export interface AuditResult {
  readonly differences: readonly Difference[];
  /** Kopecks. */
  readonly totals: Totals;
  readonly access: AccessTotals;
  readonly counted: {
    readonly payments: number;
    readonly atYooKassa: number;
    readonly subscriptions: number;
    /** What of the subscriptions' access was given for nothing. */
    readonly freeGrants: number;
    readonly accounts: number;
    readonly foreignPayments: number;
    readonly foreignAccounts: number;
    readonly vouchers: VoucherCounts;
  };
  /** Panels that are gone for good: their accounts were not compared. */
  readonly gonePanels: readonly GonePanel[];
}

/** Compares YooKassa, the database and the panels. Pure. */
export function compareBooks(books: Books, rules: AuditRules): AuditResult {
  const money = compareMoney(books, rules);
  const access = compareAccess(books, rules);
  return {
    differences: [
      ...money.differences,
      ...access.differences,
      ...compareTaken(books.database, paidAt(books)),
      ...comparePromos(books.database),
      ...compareVouchers(books.database.vouchers),
      ...compareRewards(books.database.rewards, rules),
      ...compareGifts(books.database.gifts),
    ],
    totals: money.totals,
    access: access.totals,
    counted: {
      payments: books.database.payments.length,
      atYooKassa: books.yookassa.payments.length - money.foreignPayments,
      subscriptions: books.database.subscriptions.length,
      freeGrants: books.database.freeGrants.length,
      accounts: access.accounts,
      foreignPayments: money.foreignPayments,
      foreignAccounts: access.foreignAccounts,
      vouchers: books.database.voucherCounts,
    },
    gonePanels: books.database.gonePanels,
  };
}

/**
 * What came for a payment: by YooKassa where it was read, else the price, unless an operator has accepted another sum.
 */
function paidAt({ yookassa }: Pick<Books, 'yookassa'>): (payment: LedgerPayment) => number | undefined {
  const amounts = new Map(yookassa.payments.map(({ id, amountKopecks }) => [id, amountKopecks]));
  return ({ providerRef, priceKopecks, acceptedByOperator }) =>
    amounts.get(providerRef ?? '') ?? (acceptedByOperator ? undefined : priceKopecks);
}

/**
 * The differences that were found both times: what was only in progress during the first reading is gone at the second.
 */
export function stillThere(first: readonly Difference[], second: readonly Difference[]): Difference[] {
  const keyOf = ({ kind, ids }: Difference) =>
    JSON.stringify([kind, ids.payment, ids.yookassa, ids.subscription, ids.server, ids.account, ids.promo]);
  const before = new Set(first.map(keyOf));
  return second.filter((one) => before.has(keyOf(one)));
}
