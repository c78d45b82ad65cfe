import { DAY_MS } from '../../domain/duration';
import { isSameMoney, moneyText } from '../../domain/money';
import type { AuditRules, LedgerRefund } from './ledger';
import { isOlder, nameOf, sumOf, type AddDifference, type PaymentCase } from './paymentCase';

/** Banks take days for a refund; after this time somebody must call the provider. */
const REFUND_WITHIN_MS = 7 * DAY_MS;

/** Every succeeded refund that one side has must be on the other side too, with the same id and amount. */
export function judgeRefunds(
  { payment, main, refunds, theirRefunds }: PaymentCase,
  rules: AuditRules,
  add: AddDifference,
): void {
  const known = new Map(
    refunds.flatMap((refund) => (refund.providerRef === null ? [] : [[refund.providerRef, refund] as const])),
  );
  for (const theirs of theirRefunds) {
    if (theirs.status !== 'succeeded') continue;
    const mine = known.get(theirs.refundRef);
    if (mine?.status !== 'succeeded') {
      if (isOlder(new Date(theirs.createdAt), rules))
        add(
          'refund-not-recorded',
          `refund ${theirs.refundRef}: ${moneyText(theirs.amount)}; the database says ${payment.status}`,
        );
    } else if (!isSameMoney(theirs.amount, { currency: payment.currency, minor: mine.amountKopecks }))
      add(
        'refund-amount',
        `refund ${theirs.refundRef}: ${nameOf(payment)} ${moneyText(theirs.amount)}, the database ${sumOf(payment, mine.amountKopecks)}`,
      );
  }
  if (!main) return;
  for (const mine of refunds) {
    if (
      mine.status === 'succeeded' &&
      !theirRefunds.some((theirs) => theirs.refundRef === mine.providerRef && theirs.status === 'succeeded')
    )
      add('refund-missing', `attempt ${mine.attempt} (${mine.providerRef ?? 'no id'}) is not at ${nameOf(payment)}`);
  }
}

/** Refunds of a delivered purchase that their workflow has not brought to an end. */
export function judgeOpenRefunds({ refunds }: PaymentCase, rules: AuditRules, add: AddDifference): void {
  for (const refund of refunds) {
    const { attempt, status, createdAt } = refund;
    if (refund.isOpen)
      judgeUnfinished(
        refund,
        createdAt,
        `a refund of a delivered purchase is ${status} since ${createdAt.toISOString()}, attempt ${attempt}`,
        rules,
        add,
      );
  }
}

/** The refund of a payment that is `refunding`. */
export function judgeRunningRefund({ payment, refunds }: PaymentCase, rules: AuditRules, add: AddDifference): void {
  const last = refunds.toSorted((a, b) => b.attempt - a.attempt)[0];
  judgeUnfinished(
    last,
    payment.updatedAt,
    `refunding since ${payment.updatedAt.toISOString()}, refund ${last?.status ?? 'not planned'}`,
    rules,
    add,
  );
}

/** A refund that the provider refused, or that takes too long. `undefined`: no refund was planned. */
function judgeUnfinished(
  refund: Pick<LedgerRefund, 'attempt' | 'status' | 'isCompleted'> | undefined,
  since: Date,
  stuck: string,
  rules: AuditRules,
  add: AddDifference,
): void {
  // A completed attempt of an unfinished refund: the rest is with a refund that was made in the provider's cabinet.
  const isWithBanks = refund?.status === 'pending' || refund?.isCompleted === true;
  const allowedMs = isWithBanks ? REFUND_WITHIN_MS : rules.graceMs;
  if (refund?.status === 'canceled' && !refund.isCompleted)
    add('refund-refused', `attempt ${refund.attempt} was canceled; choose retry`);
  else if (rules.now.getTime() - since.getTime() > allowedMs) add('stuck', stuck);
}
