import { DAY_MS } from '../../domain/duration';
import { isFinal, isOpen } from '../../domain/payment';
import { assertNever } from '../../domain/assertNever';
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import { PAYMENT_ID_METADATA_KEY } from '../../gateways/yookassa/webhook';
import {
  groupBy,
  type AuditRules,
  type Books,
  type Difference,
  type DifferenceKind,
  type LedgerPayment,
  type LedgerRefund,
  type Totals,
} from './ledger';

/** YooKassa's clock and ours, and the time between our row and their object. */
const CLOCKS_MS = DAY_MS;
/** The link maker gives up after 10 minutes; a record that has no link long after that is forgotten. */
const LINK_WITHIN_MS = 30 * 60_000;
/** A refund takes days at a bank; longer than this, somebody must call YooKassa. */
const REFUND_WITHIN_MS = 7 * DAY_MS;

interface Count {
  in: number;
  delivered: number;
  refunded: number;
  inProgress: number;
  unaccounted: number;
}

interface Case {
  readonly record: LedgerPayment;
  readonly main: YooPayment | undefined;
  readonly refunds: readonly LedgerRefund[];
  readonly theirRefunds: readonly YooRefund[];
}

/**
 * Compares YooKassa's money with the record's: each kopeck that came in is delivered, returned, on its way, or a
 * difference.
 */
export function compareMoney(
  { yookassa, record, lookedAfter }: Omit<Books, 'panels'>,
  rules: AuditRules,
): { differences: Difference[]; totals: Totals; foreignPayments: number } {
  const differences: Difference[] = [];
  const count: Count = { in: 0, delivered: 0, refunded: 0, inProgress: 0, unaccounted: 0 };
  const byId = new Map(record.payments.map((payment) => [payment.id, payment]));
  const byYooKassaId = new Map(
    record.payments.flatMap((payment) => (payment.yookassaId === null ? [] : [[payment.yookassaId, payment] as const])),
  );
  const refundsOf = groupBy(record.refunds, (refund) => refund.paymentId);
  const theirRefundsOf = groupBy(yookassa.refunds, (refund) => refund.paymentId);

  const ours = new Map<string, YooPayment[]>();
  let foreignPayments = 0;
  for (const theirs of yookassa.payments) {
    const claimed = byYooKassaId.get(theirs.id)?.id ?? theirs.metadata[PAYMENT_ID_METADATA_KEY];
    // The same YooKassa shop may sell other things, through other programs.
    if (claimed === undefined) foreignPayments += 1;
    else ours.set(claimed, [...(ours.get(claimed) ?? []), theirs]);
  }

  for (const [paymentId, theirs] of ours) {
    const payment = byId.get(paymentId);
    const main =
      payment &&
      (theirs.find(({ id }) => id === payment.yookassaId) ?? (payment.yookassaId === null ? theirs[0] : undefined));
    for (const extra of theirs)
      if (extra !== main) judgeExtra(extra, paymentId, payment !== undefined, count, differences);
  }
  for (const payment of record.payments) {
    const theirs = ours.get(payment.id) ?? [];
    const main =
      theirs.find(({ id }) => id === payment.yookassaId) ?? (payment.yookassaId === null ? theirs[0] : undefined);
    const one: Case = {
      record: payment,
      main,
      refunds: refundsOf.get(payment.id) ?? [],
      theirRefunds: main ? (theirRefundsOf.get(main.id) ?? []) : [],
    };
    judgePayment(one, rules, count, differences);
    if (lookedAfter && !isFinal(payment.status) && !lookedAfter.has(payment.id) && isOlder(payment.updatedAt, rules)) {
      differences.push(
        difference('nobody-looks-after-it', one, `it is ${payment.status} since ${payment.updatedAt.toISOString()}`),
      );
    }
  }
  return { differences, totals: count, foreignPayments };
}

/** A payment at YooKassa that is not the one our record points to. */
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

function judgePayment(one: Case, rules: AuditRules, count: Count, differences: Difference[]): void {
  const { record, main } = one;
  const add = (kind: DifferenceKind, detail: string): void => void differences.push(difference(kind, one, detail));
  const paid = main?.status === 'succeeded';
  const kept = paid ? main.amountKopecks - main.refundedKopecks : 0;
  if (paid) {
    count.in += main.amountKopecks;
    count.refunded += main.refundedKopecks;
  }
  judgeUnknown(one, rules, add);
  if (
    paid &&
    (main.amountKopecks !== record.priceKopecks || main.currency !== 'RUB') &&
    !record.acceptedByOperator &&
    kept > 0
  ) {
    add('wrong-amount', `asked ${kopecks(record.priceKopecks)}, came ${main.amountKopecks / 100} ${main.currency}`);
  }

  switch (record.status) {
    case 'created':
    case 'pending':
    case 'guarding':
      if (paid) {
        count.inProgress += kept;
        // What waits for an operator's word about a wrong amount is named above.
        if (isOlder(latest(record.updatedAt, main.capturedAt), rules) && main.amountKopecks === record.priceKopecks)
          add('money-not-noticed', `succeeded at ${main.capturedAt ?? main.createdAt}; the record is ${record.status}`);
      } else if (main?.status === 'canceled' && isOlder(record.updatedAt, rules))
        add('end-not-noticed', `the record is ${record.status}`);
      else if (
        !main &&
        record.status === 'created' &&
        rules.now.getTime() - record.createdAt.getTime() > Math.max(rules.graceMs, LINK_WITHIN_MS)
      )
        add('stuck', `created at ${record.createdAt.toISOString()}, never got a link`);
      return;
    case 'canceled':
    case 'expired':
      count.unaccounted += kept;
      if (kept > 0)
        add(
          'money-after-the-end',
          `succeeded at ${main?.capturedAt ?? '?'}; the record is ${record.status} (${record.reason ?? 'no reason'})`,
        );
      return;
    case 'paid':
    case 'delayed': {
      count.inProgress += kept;
      if (main && !paid) add('no-money-behind-it', `YooKassa says ${main.rawStatus}, the record ${record.status}`);
      const allowedMs = record.status === 'paid' ? rules.graceMs : rules.refundAfterMs + rules.graceMs;
      if (rules.now.getTime() - record.updatedAt.getTime() > allowedMs)
        add('stuck', `${record.status} since ${record.updatedAt.toISOString()}`);
      return;
    }
    case 'issued':
      count.delivered += kept;
      if (main && !paid) add('no-money-behind-it', `YooKassa says ${main.rawStatus}, the record issued`);
      judgeRefunds(one, rules, add);
      judgePartRefunds(one, rules, add);
      return;
    case 'refunding':
      count.inProgress += kept;
      if (main && !paid) add('no-money-behind-it', `YooKassa says ${main.rawStatus}, the record refunding`);
      judgeRunningRefund(one, rules, add);
      return;
    case 'refunded':
      if (record.closedByOperator) {
        count.refunded += kept;
        return;
      }
      count.unaccounted += kept;
      if (main && !paid) add('no-money-behind-it', `YooKassa says ${main.rawStatus}, the record refunded`);
      else if (main && kept > 0) add('refund-missing', `${kopecks(kept)} are still with the shop`);
      judgeRefunds(one, rules, add);
      return;
    default:
      assertNever(record.status);
  }
}

function judgeUnknown(
  { record, main }: Case,
  rules: AuditRules,
  add: (kind: DifferenceKind, detail: string) => void,
): void {
  if (main || record.yookassaId === null) {
    if (!main && !isOpen(record.status) && record.status !== 'canceled')
      add('no-money-behind-it', `the record is ${record.status} and names no payment of YooKassa`);
    return;
  }
  if (record.createdAt.getTime() - CLOCKS_MS > rules.since.getTime())
    add('not-at-yookassa', `the record is ${record.status}`);
}

/** Each succeeded refund of either side must be known to the other, by its id and its amount. */
function judgeRefunds(
  { record, main, refunds, theirRefunds }: Case,
  rules: AuditRules,
  add: (kind: DifferenceKind, detail: string) => void,
): void {
  const known = new Map(
    refunds.flatMap((refund) => (refund.yookassaId === null ? [] : [[refund.yookassaId, refund] as const])),
  );
  for (const theirs of theirRefunds) {
    if (theirs.status !== 'succeeded') continue;
    const mine = known.get(theirs.id);
    if (mine?.status !== 'succeeded') {
      if (isOlder(new Date(theirs.createdAt), rules))
        add(
          'refund-not-recorded',
          `refund ${theirs.id}: ${kopecks(theirs.amountKopecks)}; the record is ${record.status}`,
        );
    } else if (mine.amountKopecks !== theirs.amountKopecks)
      add(
        'refund-amount',
        `refund ${theirs.id}: YooKassa ${kopecks(theirs.amountKopecks)}, the record ${kopecks(mine.amountKopecks)}`,
      );
  }
  if (!main) return;
  for (const mine of refunds) {
    if (
      mine.status === 'succeeded' &&
      !theirRefunds.some((theirs) => theirs.id === mine.yookassaId && theirs.status === 'succeeded')
    )
      add('refund-missing', `attempt ${mine.attempt} (${mine.yookassaId ?? 'no id'}) is not at YooKassa`);
  }
}

/** A part of the money, or a refund that was refused: the subscription stays while it is on its way. */
function judgePartRefunds(
  { refunds }: Case,
  rules: AuditRules,
  add: (kind: DifferenceKind, detail: string) => void,
): void {
  for (const { attempt, status, createdAt, isOpen } of refunds) {
    if (isOpen)
      judgeUnfinished(
        { attempt, status },
        createdAt,
        `a refund of a delivered purchase is ${status} since ${createdAt.toISOString()}, attempt ${attempt}`,
        rules,
        add,
      );
  }
}

function judgeRunningRefund(
  { record, refunds }: Case,
  rules: AuditRules,
  add: (kind: DifferenceKind, detail: string) => void,
): void {
  const last = refunds.toSorted((a, b) => b.attempt - a.attempt)[0];
  judgeUnfinished(
    last,
    record.updatedAt,
    `refunding since ${record.updatedAt.toISOString()}, refund ${last?.status ?? 'not planned'}`,
    rules,
    add,
  );
}

/**
 * A refund that YooKassa refused, or that has not got as far as it should have since then; `undefined`: not even
 * planned.
 */
function judgeUnfinished(
  refund: Pick<LedgerRefund, 'attempt' | 'status'> | undefined,
  since: Date,
  stuck: string,
  rules: AuditRules,
  add: (kind: DifferenceKind, detail: string) => void,
): void {
  const allowedMs = refund?.status === 'pending' ? REFUND_WITHIN_MS : rules.graceMs;
  if (refund?.status === 'canceled') add('refund-refused', `attempt ${refund.attempt} was canceled; choose retry`);
  else if (rules.now.getTime() - since.getTime() > allowedMs) add('stuck', stuck);
}

function difference(kind: DifferenceKind, { record, main }: Case, detail: string): Difference {
  const yookassa = main?.id ?? record.yookassaId ?? undefined;
  const { subscriptionId } = record;
  return {
    kind,
    ids: {
      payment: record.id,
      ...(yookassa === undefined ? {} : { yookassa }),
      ...(subscriptionId === null ? {} : { subscription: subscriptionId }),
    },
    detail,
  };
}

function isOlder(at: Date, { now, graceMs }: AuditRules): boolean {
  return now.getTime() - at.getTime() > graceMs;
}

function latest(at: Date, iso: string | undefined): Date {
  return iso === undefined || Date.parse(iso) < at.getTime() ? at : new Date(iso);
}

function kopecks(amount: number): string {
  return `${(amount / 100).toFixed(2)} RUB`;
}
