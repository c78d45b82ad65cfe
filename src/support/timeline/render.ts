import { isRunningStatus } from '../../clients/describeWorkflow';
import { moneyText } from '../../domain/money';
import { isFinal, promoOf, whereIsTheMoney, type Payment } from '../../domain/payment';
import type { TimelineRows } from '../../storage/postgres/timeline';
import { providerLabel } from '../../providers/labels';
import type { TimelineEntry } from './timeline';
import type { TimelineWords } from './words';
import type { PaymentWorkflowState } from './workflow';

export interface Timeline {
  readonly payment: Payment;
  readonly rows: TimelineRows;
  readonly lines: readonly TimelineEntry[];
  /** The workflows of the payment and of its refunds that exist; `unknown`: Temporal was not reachable. */
  readonly workflows: readonly PaymentWorkflowState[] | 'unknown';
}

const sumOf = ({ currency }: Pick<Payment, 'currency'>, minor: number): string => moneyText({ currency, minor });

export const stamp = (at: Date) => at.toISOString().slice(0, 19).replace('T', ' ');

/** A payment's timeline for a terminal or a chat. Times are UTC. */
export function renderTimeline({ payment, rows, lines, workflows }: Timeline, words: TimelineWords): string {
  const { heads, language } = words;
  const sum = (minor: number): string => sumOf(payment, minor);
  const money = payment.paidAt === null && payment.status !== 'refunding' ? 'buyer' : whereIsTheMoney(payment.status);
  const facts: [string, string][] = [
    [heads.payment, payment.id],
    [providerLabel(payment.provider)[language], payment.providerRef ?? words.notAtProvider],
    [heads.buyer, `${payment.userId} (Telegram)`],
    [
      heads.what,
      [
        payment.planName[language],
        sum(payment.priceKopecks),
        promoWords(payment, words),
        payment.locationName === null ? words.gift : payment.locationName[language],
        payment.serverName,
        payment.renewsSubscriptionId === null ? null : words.renewal,
      ]
        .filter((part) => part !== null)
        .join(', '),
    ],
    [
      heads.status,
      [
        payment.status,
        payment.reason === null ? '' : ` (${payment.reason})`,
        payment.dismissedAt ? `, ${words.dismissedByBuyer}` : '',
      ].join(''),
    ],
    [
      heads.money,
      [
        words.money[money],
        money === 'buyer' && payment.status === 'refunded' ? ` ${words.again}` : '',
        money === 'shop' && payment.refundedKopecks > 0 ? `, ${words.refunded(sum(payment.refundedKopecks))}` : '',
      ].join(''),
    ],
    ...(rows.subscription
      ? ([[heads.subscription, subscriptionWords(rows.subscription, words)]] satisfies [string, string][])
      : []),
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(13)}${value}`),
    '',
    words.happened,
    ...lines.map(renderLine),
    '',
    words.next,
    ...nextSteps(payment, workflows, words).map((line) => `  ${line}`),
  ].join('\n');
}

function promoWords(payment: Payment, words: TimelineWords): string | null {
  const promo = promoOf(payment);
  if (promo === null) return null;
  return promo.days > 0
    ? words.promoDays(promo.code, promo.days)
    : words.promoDiscount(promo.code, sumOf(payment, promo.discountKopecks), sumOf(payment, payment.basePriceKopecks));
}

function renderLine({ at, who, what }: TimelineEntry): string {
  return `  ${stamp(at)}  ${who.padEnd(9)} ${what}`;
}

function subscriptionWords(
  { id, status, serverCode, startsAt, expiresAt, panelExpiresAt }: NonNullable<TimelineRows['subscription']>,
  words: TimelineWords,
): string {
  const confirmed = confirmation(panelExpiresAt, expiresAt, words);
  return `${id} ${status} ${words.on} ${serverCode}, ${stamp(startsAt)} ${words.to} ${stamp(expiresAt)}, ${confirmed}`;
}

function confirmation(panelExpiresAt: Date | null, expiresAt: Date, words: TimelineWords): string {
  if (panelExpiresAt === null) return words.notConfirmed;
  return panelExpiresAt.getTime() === expiresAt.getTime()
    ? words.confirmed
    : words.confirmedOther(stamp(panelExpiresAt));
}

/** What will happen and when, or what a person has to do. */
function nextSteps(payment: Payment, workflows: Timeline['workflows'], words: TimelineWords): string[] {
  if (workflows === 'unknown') return [words.temporalAway];
  const lines = workflows.flatMap((workflow) => workflowSteps(workflow, words));
  if (workflows.some(({ status }) => isRunningStatus(status))) return lines;
  if (isFinal(payment.status)) return [...lines, words.finished];
  return [...lines, workflows.length === 0 ? words.noWorkflow(payment.id) : words.ended(payment.id)];
}

function workflowSteps(
  { workflowId, runId, status, events, progress, pending, timers, closedAt }: PaymentWorkflowState,
  words: TimelineWords,
): string[] {
  const lines = [
    words.workflow(workflowId, runId.slice(0, 8), status.toLowerCase(), closedAt && stamp(closedAt), events),
  ];
  if (!isRunningStatus(status)) return lines;
  const attention = progress?.needsAttention ? `${words.needsAttention}: ` : '';
  lines.push(progress ? `${attention}${progress.note}` : words.noWorker);
  for (const work of pending) {
    const attempt = work.attempt > 1 ? `, ${words.attempt(work.attempt)}` : '';
    const when = work.nextAt && work.nextAt.getTime() > Date.now() ? words.againAt(stamp(work.nextAt)) : words.running;
    const failure = work.lastFailure === undefined ? '' : `; ${words.lastSaid(work.lastFailure)}`;
    lines.push(`${work.what}${attempt}: ${when}${failure}`);
  }
  for (const timer of timers) lines.push(`${stamp(timer.at)}  ${timer.what}`);
  return lines;
}

/** One line for a list. */
export function renderBrief(payment: Payment): string {
  const { createdAt, id, status, priceKopecks, planName, locationName } = payment;
  const price = sumOf(payment, priceKopecks).padStart(13);
  return `${stamp(createdAt)}  ${id}  ${status.padEnd(9)} ${price}  ${planName.en}, ${locationName?.en ?? 'a gift'}`;
}
