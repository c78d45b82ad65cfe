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
  /** Of each provider and currency. */
  readonly totals: readonly Totals[];
  readonly access: AccessTotals;
  readonly counted: {
    readonly payments: number;
    readonly atProviders: number;
    /** Those of a provider that is not set up here: they were not compared with its books. */
    readonly notSetUp: number;
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

/** Compares the providers, the database and the panels. Pure. */
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
      atProviders: books.providers.flatMap(({ payments }) => payments).length - money.foreignPayments,
      notSetUp: notSetUp(books),
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
 * What came for a payment: by its provider where that was read, else the price, unless an operator has accepted another sum.
 */
function paidAt({ providers }: Pick<Books, 'providers'>): (payment: LedgerPayment) => number | undefined {
  const amounts = new Map(
    providers.map(({ provider, payments }) => [
      provider,
      new Map(payments.map(({ ref, amount }) => [ref, amount.minor])),
    ]),
  );
  return ({ provider, providerRef, priceKopecks, acceptedByOperator }) =>
    amounts.get(provider)?.get(providerRef ?? '') ?? (acceptedByOperator ? undefined : priceKopecks);
}

function notSetUp({ providers, database }: Pick<Books, 'providers' | 'database'>): number {
  const read = new Set(providers.map(({ provider }) => provider));
  return database.payments.filter(({ provider }) => !read.has(provider)).length;
}

/**
 * The differences that were found both times: what was only in progress during the first reading is gone at the second.
 */
export function stillThere(first: readonly Difference[], second: readonly Difference[]): Difference[] {
  const keyOf = ({ kind, ids }: Difference) =>
    JSON.stringify([
      kind,
      ids.payment,
      ids.provider,
      ids.providerRef,
      ids.subscription,
      ids.server,
      ids.account,
      ids.promo,
    ]);
  const before = new Set(first.map(keyOf));
  return second.filter((one) => before.has(keyOf(one)));
}
