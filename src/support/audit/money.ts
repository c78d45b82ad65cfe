import { isFinal } from '../../domain/payment';
import type { YooPayment } from '../../gateways/yookassa/answers';
import { claimedPaymentId, isOfInstallation } from '../../gateways/yookassa/metadata';
import { judgePayment } from './judgePayment';
import type { Difference } from './differences';
import { groupBy, type AuditRules, type Books, type LedgerPayment } from './ledger';
import { difference, isOlder, kopecks, type Count, type PaymentCase } from './paymentCase';
import type { Totals } from './totals';

/**
 * Compares YooKassa's payments with the database's: every kopeck that came in is delivered, refunded, in progress, or a
 * difference.
 */
export function compareMoney(
  { yookassa, database, runningWorkflows }: Omit<Books, 'panels'>,
  rules: AuditRules,
): { differences: Difference[]; totals: Totals; foreignPayments: number } {
  const differences: Difference[] = [];
  const count: Count = { in: 0, delivered: 0, refunded: 0, inProgress: 0, unaccounted: 0 };
  const byId = new Map(database.payments.map((payment) => [payment.id, payment]));
  const byProviderRef = new Map(
    database.payments.flatMap((payment) =>
      payment.providerRef === null ? [] : [[payment.providerRef, payment] as const],
    ),
  );
  const refundsOf = groupBy(database.refunds, (refund) => refund.paymentId);
  const theirRefundsOf = groupBy(yookassa.refunds, (refund) => refund.paymentId);

  const ours = new Map<string, YooPayment[]>();
  let foreignPayments = 0;
  for (const theirs of yookassa.payments) {
    const isOurs = isOfInstallation(theirs.metadata, database.installationId);
    const claimed = byProviderRef.get(theirs.id)?.id ?? (isOurs ? claimedPaymentId(theirs.metadata) : undefined);
    // The same YooKassa shop may sell other things, through other programs and other installations of this one.
    if (claimed === undefined) foreignPayments += 1;
    else ours.set(claimed, [...(ours.get(claimed) ?? []), theirs]);
  }

  for (const [paymentId, theirs] of ours) {
    const payment = byId.get(paymentId);
    const main = payment && mainOf(payment, theirs);
    for (const extra of theirs)
      if (extra !== main) judgeExtra(extra, paymentId, payment !== undefined, count, differences);
  }
  for (const payment of database.payments) {
    const theirs = ours.get(payment.id) ?? [];
    const main = mainOf(payment, theirs);
    const one: PaymentCase = {
      payment,
      main,
      refunds: refundsOf.get(payment.id) ?? [],
      theirRefunds: main ? (theirRefundsOf.get(main.id) ?? []) : [],
    };
    judgePayment(one, rules, count, differences);
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
  return { differences, totals: count, foreignPayments };
}

/** YooKassa's payment that belongs to ours: the one it names, or, before it names any, the first that names it. */
function mainOf({ providerRef }: LedgerPayment, theirs: readonly YooPayment[]): YooPayment | undefined {
  return providerRef === null ? theirs[0] : theirs.find(({ id }) => id === providerRef);
}

/** A payment at YooKassa that names ours but is not the one that ours names. */
function judgeExtra(
  extra: YooPayment,
  paymentId: string,
  isKnown: boolean,
  count: Count,
  differences: Difference[],
): void {
  const ids = { payment: paymentId, yookassa: extra.id };
  if (extra.status === 'succeeded') {
    const left = extra.amountKopecks - extra.refundedKopecks;
    count.in += extra.amountKopecks;
    count.refunded += extra.refundedKopecks;
    count.unaccounted += left;
    if (left > 0)
      differences.push({
        kind: isKnown ? 'doubled-charge' : 'money-without-record',
        ids,
        detail: `${kopecks(left)} are with the shop`,
      });
  } else if (extra.status !== 'canceled' && isKnown) {
    differences.push({ kind: 'doubled-link', ids, detail: `it is ${extra.rawStatus}` });
  }
}
