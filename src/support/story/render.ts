import { isFinal, whereIsTheMoney, type MoneyPlace, type Payment } from '../../domain/payment';
import type { StoryRows } from '../../storage/postgres/story';
import type { StoryLine } from './story';
import type { PaymentWorkflowLook } from './workflow';

export interface Story {
  readonly payment: Payment;
  readonly rows: StoryRows;
  readonly lines: readonly StoryLine[];
  /** `undefined`: there is none (any more); `unknown`: Temporal was not reachable. */
  readonly workflow: PaymentWorkflowLook | undefined | 'unknown';
}

const MONEY: Readonly<Record<MoneyPlace, string>> = { buyer: 'with the buyer', shop: 'with the shop', 'on-the-way-back': 'on its way back to the buyer' };

const stamp = (at: Date) => at.toISOString().slice(0, 19).replace('T', ' ');

/** A payment's story for a terminal. Times are UTC. */
export function renderStory({ payment, rows, lines, workflow }: Story): string {
  const money = payment.paidAt === null && payment.status !== 'refunding' ? 'buyer' : whereIsTheMoney(payment.status);
  const facts: [string, string][] = [
    ['payment', payment.id],
    ['YooKassa', payment.yookassaId ?? 'not created there'],
    ['buyer', `${payment.userId} (Telegram)`],
    ['what', `${payment.planName.en}, ${(payment.priceKopecks / 100).toFixed(2)} RUB, ${payment.locationName.en}${payment.serverName === null ? '' : `, ${payment.serverName}`}${payment.renewsSubscriptionId === null ? '' : ', a renewal'}`],
    ['status', `${payment.status}${payment.reason === null ? '' : ` (${payment.reason})`}${payment.dismissedAt ? ', cancelled by the buyer' : ''}`],
    ['the money', `${MONEY[money]}${money === 'buyer' && payment.status === 'refunded' ? ' again' : ''}`],
    ...(rows.subscription ? ([['subscription', subscriptionWords(rows.subscription)]] satisfies [string, string][]) : []),
  ];
  return [...facts.map(([name, value]) => `${name.padEnd(13)}${value}`), '', 'What happened (UTC)', ...lines.map(renderLine), '', 'What happens next', ...nextSteps(payment, workflow).map((line) => `  ${line}`)].join('\n');
}

function renderLine({ at, who, what }: StoryLine): string {
  return `  ${stamp(at)}  ${who.padEnd(9)} ${what}`;
}

function subscriptionWords({ id, status, serverCode, startsAt, expiresAt, panelExpiresAt }: NonNullable<StoryRows['subscription']>): string {
  const confirmed = panelExpiresAt === null ? 'not confirmed by the panel' : panelExpiresAt.getTime() === expiresAt.getTime() ? 'confirmed by the panel' : `the panel has confirmed ${stamp(panelExpiresAt)}`;
  return `${id} ${status} on ${serverCode}, ${stamp(startsAt)} to ${stamp(expiresAt)}, ${confirmed}`;
}

function nextSteps(payment: Payment, workflow: Story['workflow']): string[] {
  if (workflow === 'unknown') return ['Temporal does not answer, so what the workflow is doing is not known; npm run doctor'];
  if (!workflow) return isFinal(payment.status) ? ['nothing: it is finished'] : [`no workflow looks after it; npm run payment -- retry ${payment.id}`];
  const { workflowId, runId, status, events, progress, pending, timers, closedAt } = workflow;
  const lines = [`workflow ${workflowId} (run ${runId.slice(0, 8)}): ${status.toLowerCase()}${closedAt ? ` at ${stamp(closedAt)}` : ''}, ${events} events`];
  if (status !== 'RUNNING') return [...lines, isFinal(payment.status) ? 'nothing: it is finished' : `it has ended, the payment has not; npm run payment -- retry ${payment.id}`];
  lines.push(progress ? `${progress.needsAttention ? 'NEEDS ATTENTION: ' : ''}${progress.note}` : 'no worker answers; it goes on when one is back');
  for (const work of pending) {
    const attempt = work.attempt > 1 ? `, attempt ${work.attempt}` : '';
    lines.push(`${work.what}${attempt}: ${work.nextAt && work.nextAt.getTime() > Date.now() ? `again at ${stamp(work.nextAt)}` : 'running'}${work.lastFailure === undefined ? '' : `; it last said: ${work.lastFailure}`}`);
  }
  for (const timer of timers) lines.push(`${stamp(timer.at)}  ${timer.what}`);
  return lines;
}

/** One line for a list. */
export function renderBrief(payment: Payment): string {
  return `${stamp(payment.createdAt)}  ${payment.id}  ${payment.status.padEnd(9)} ${(payment.priceKopecks / 100).toFixed(2).padStart(9)} RUB  ${payment.planName.en}, ${payment.locationName.en}`;
}
