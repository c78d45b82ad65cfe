import { assertNever } from '../../domain/assertNever';
import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import { isSameMoney, moneyText } from '../../domain/money';
import { isOfAnotherAccount, isOpen, isUnknownReason } from '../../domain/payment';
import { judgeOpenRefunds, judgeRefunds, judgeRunningRefund } from './judgeRefunds';
import type { Difference } from './differences';
import type { AuditRules, LedgerPayment } from './ledger';
import type { OrderTerms } from './orderTerms';
import type { Counts } from './counts';
import { difference, isOlder, latest, nameOf, sumOf, type AddDifference, type PaymentCase } from './paymentCase';

/** The row is made before the provider's payment, and the two clocks may differ. */
const CLOCKS_MS = DAY_MS;
/** Creating a link is given up after 10 minutes; a row without a link much later is stuck. */
const LINK_WITHIN_MS = 30 * MINUTE_MS;

/** Judges one payment by its state: where its money is, and whether both sides agree. */
export function judgePayment(one: PaymentCase, rules: AuditRules, counts: Counts, differences: Difference[]): void {
  const { payment, main } = one;
  const add: AddDifference = (kind, detail) => void differences.push(difference(kind, one, detail));
  const paid = main?.state === 'paid';
  const kept = paid ? main.amount.minor - main.refundedMinor : 0;
  const count = counts.of(payment.provider, paid ? main.amount.currency : payment.currency);
  const price = { currency: payment.currency, minor: payment.priceKopecks };
  const says = `${nameOf(payment)} says ${main?.word}, the database ${payment.status}`;
  if (paid) {
    count.in += main.amount.minor;
    count.refunded += main.refundedMinor;
  }
  judgePrice(payment, add);
  judgeConfirmed(payment, add);
  judgeUnknown(one, rules, add);
  if (paid && !isSameMoney(main.amount, price) && !payment.acceptedByOperator && kept > 0)
    add('wrong-amount', `asked ${moneyText(price)}, came ${moneyText(main.amount)}`);

  switch (payment.status) {
    case 'created':
    case 'pending':
    case 'guarding':
      if (paid) {
        count.inProgress += kept;
        // A wrong amount, about which an operator decides, has its own difference above.
        if (isOlder(latest(payment.updatedAt, main.paidAt), rules) && main.amount.minor === payment.priceKopecks)
          add(
            'money-not-noticed',
            `succeeded at ${main.paidAt ?? main.createdAt}; the database says ${payment.status}`,
          );
      } else if (main?.state === 'dead' && isOlder(payment.updatedAt, rules))
        add('end-not-noticed', `the database says ${payment.status}`);
      else if (
        !main &&
        payment.status === 'created' &&
        rules.now.getTime() - payment.createdAt.getTime() > Math.max(rules.graceMs, LINK_WITHIN_MS)
      )
        add('stuck', `created at ${payment.createdAt.toISOString()}, never got a link`);
      return;
    case 'canceled':
    case 'expired':
      count.unaccounted += kept;
      if (kept > 0)
        add(
          'money-after-the-end',
          `succeeded at ${main?.paidAt ?? '?'}; the database says ${payment.status} (${payment.reason ?? 'no reason'})`,
        );
      return;
    case 'paid':
    case 'delayed': {
      count.inProgress += kept;
      if (main && !paid) add('no-money-behind-it', says);
      const allowedMs = payment.status === 'paid' ? rules.graceMs : rules.refundAfterMs + rules.graceMs;
      if (rules.now.getTime() - payment.updatedAt.getTime() > allowedMs)
        add('stuck', `${payment.status} since ${payment.updatedAt.toISOString()}`);
      return;
    }
    case 'issued':
      count.delivered += kept;
      if (main && !paid) add('no-money-behind-it', says);
      judgeRefunds(one, rules, add);
      judgeOpenRefunds(one, rules, add);
      return;
    case 'refunding':
      count.inProgress += kept;
      if (main && !paid) add('no-money-behind-it', says);
      judgeRunningRefund(one, rules, add);
      return;
    case 'refunded':
      if (payment.closedByOperator) {
        count.refunded += kept;
        return;
      }
      count.unaccounted += kept;
      if (main && !paid) add('no-money-behind-it', says);
      else if (main && kept > 0) add('refund-missing', `${sumOf(payment, kept)} are still with the shop`);
      judgeRefunds(one, rules, add);
      return;
    default:
      assertNever(payment.status);
  }
}

/** What an order froze: the base price is what was taken off it and what was asked for. */
function judgePrice(payment: LedgerPayment, add: AddDifference): void {
  const { basePriceKopecks, discountKopecks, priceKopecks } = payment;
  if (basePriceKopecks === discountKopecks + priceKopecks) return;
  const [base, discount, price] = [basePriceKopecks, discountKopecks, priceKopecks].map((sum) => sumOf(payment, sum));
  add('wrong-price', `base price ${base}, discount ${discount}, asked ${price}`);
}

const isPlace = (term: keyof OrderTerms): boolean => term === 'location' || term === 'server';

/** Reports where the order, or what was delivered, differs from the confirmation that the buyer accepted. */
function judgeConfirmed({ confirmed, terms, deliveredLocation }: LedgerPayment, add: AddDifference): void {
  if (confirmed === null) return;
  // A renewal is delivered on the server of the subscription, whatever location and server were confirmed.
  const isRenewal = confirmed.renews !== undefined && confirmed.renews === terms.renews;
  const all = Object.keys({ ...confirmed, ...terms }) as (keyof OrderTerms)[];
  const differing = all.filter((term) => confirmed[term] !== terms[term] && !(isRenewal && isPlace(term)));
  const said = differing.map(
    (term) => `${term}: confirmed ${confirmed[term] ?? 'none'}, ordered ${terms[term] ?? 'none'}`,
  );
  if (!isRenewal && deliveredLocation !== null && deliveredLocation !== confirmed.location)
    said.push(`location: confirmed ${confirmed.location}, delivered in ${deliveredLocation}`);
  if (said.length > 0) add('other-than-confirmed', said.join('; '));
}

/** A payment that its provider does not have. */
function judgeUnknown({ payment, main, account }: PaymentCase, rules: AuditRules, add: AddDifference): void {
  if (main || payment.providerRef === null) {
    if (!main && !isOpen(payment.status) && payment.status !== 'canceled')
      add('no-money-behind-it', `the database says ${payment.status} and names no payment of ${nameOf(payment)}`);
    return;
  }
  // It was made at another account, or an operator has closed it as unknown: then it can't be there.
  if (account === undefined || isOfAnotherAccount(payment, account)) return;
  if (payment.status === 'canceled' && isUnknownReason(payment.reason)) return;
  if (payment.createdAt.getTime() - CLOCKS_MS > rules.since.getTime())
    add('not-at-provider', `the database says ${payment.status}`);
}
