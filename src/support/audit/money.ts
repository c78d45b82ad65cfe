import { moneyText } from '../../domain/money';
import { isFinal } from '../../domain/payment';
import type { ProviderId } from '../../domain/provider';
import { createCounts, type Counts } from './counts';
import { judgePayment } from './judgePayment';
import type { Difference } from './differences';
import {
  groupBy,
  type AuditRules,
  type Books,
  type DatabaseBook,
  type LedgerPayment,
  type LedgerProvider,
} from './ledger';
import { difference, isOlder, type PaymentCase, type TheirPayment } from './paymentCase';
import type { Totals } from './totals';

/**
 * Compares the providers' payments with the database's: all that came in, of each provider and in each currency, is
 * delivered, refunded, in progress, or a difference.
 */
export function compareMoney(
  { providers, database, runningWorkflows }: Omit<Books, 'panels'>,
  rules: AuditRules,
): { differences: Difference[]; totals: Totals[]; foreignPayments: number } {
  const differences: Difference[] = [];
  const counts = createCounts();
  for (const { provider, currency } of providers) counts.of(provider, currency);
  const byId = new Map(database.payments.map((payment) => [payment.id, payment]));
  const refundsOf = groupBy(database.refunds, (refund) => refund.paymentId);
  const books = new Map(providers.map((book) => [book.provider, book]));
  const theirRefundsOf = new Map(
    providers.map(({ provider, refunds }) => [provider, groupBy(refunds, (refund) => refund.ref)]),
  );

  const { ours, foreignPayments } = claimedPayments(providers, database);
  for (const [paymentId, theirs] of ours) {
    const payment = byId.get(paymentId);
    const main = payment && mainOf(payment, theirs);
    for (const extra of theirs)
      if (extra !== main) judgeExtra(extra, paymentId, payment !== undefined, counts, differences);
  }
  for (const payment of database.payments) {
    const main = mainOf(payment, ours.get(payment.id) ?? []);
    const one: PaymentCase = {
      payment,
      main,
      refunds: refundsOf.get(payment.id) ?? [],
      theirRefunds: (main && theirRefundsOf.get(main.provider)?.get(main.ref)) ?? [],
      account: books.get(payment.provider)?.account,
    };
    judgePayment(one, rules, counts, differences);
    if (
      runningWorkflows &&
      !isFinal(payment.status) &&
      !runningWorkflows.has(payment.id) &&
      isOlder(payment.updatedAt, rules)
    ) {
      differences.push(
        difference('no-workflow', one, `it is ${payment.status} since ${payment.updatedAt.toISOString()}`),
      );
    }
  }
  return { differences, totals: counts.totals(), foreignPayments };
}

/**
 * The providers' payments by the order that they are of. The same account may sell other things, through other programs
 * and other installations of this one.
 */
function claimedPayments(
  providers: readonly LedgerProvider[],
  { payments, installationId }: DatabaseBook,
): { ours: Map<string, TheirPayment[]>; foreignPayments: number } {
  const keyOf = (provider: ProviderId, ref: string) => `${provider} ${ref}`;
  const byRef = new Map(
    payments.flatMap(({ id, provider, providerRef }) =>
      providerRef === null ? [] : [[keyOf(provider, providerRef), id] as const],
    ),
  );
  const ours = new Map<string, TheirPayment[]>();
  let foreignPayments = 0;
  for (const { provider, payments: theirPayments } of providers)
    for (const theirs of theirPayments) {
      const { orderId, installationId: maker } = theirs.claim;
      const claimed = byRef.get(keyOf(provider, theirs.ref)) ?? (maker === installationId ? orderId : null);
      if (claimed === null) foreignPayments += 1;
      else ours.set(claimed, [...(ours.get(claimed) ?? []), { provider, ...theirs }]);
    }
  return { ours, foreignPayments };
}

/** The provider's payment that belongs to ours: the one it names, or, before it names any, the first that names it. */
function mainOf({ provider, providerRef }: LedgerPayment, theirs: readonly TheirPayment[]): TheirPayment | undefined {
  return theirs.find((one) => one.provider === provider && (providerRef === null || one.ref === providerRef));
}

/** A payment at a provider that names ours but is not the one that ours names. */
function judgeExtra(
  { provider, ref: providerRef, state, word, amount, refundedMinor }: TheirPayment,
  paymentId: string,
  isKnown: boolean,
  counts: Counts,
  differences: Difference[],
): void {
  const ids = { payment: paymentId, provider, providerRef };
  if (state === 'paid') {
    const count = counts.of(provider, amount.currency);
    const left = amount.minor - refundedMinor;
    count.in += amount.minor;
    count.refunded += refundedMinor;
    count.unaccounted += left;
    if (left > 0)
      differences.push({
        kind: isKnown ? 'doubled-charge' : 'money-without-record',
        ids,
        detail: `${moneyText({ ...amount, minor: left })} are with the shop`,
      });
  } else if (state === 'open' && isKnown) {
    differences.push({ kind: 'doubled-link', ids, detail: `it is ${word}` });
  }
}
