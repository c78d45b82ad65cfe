import { isFinal, whereIsTheMoney, type MoneyPlace, type Payment } from '../../domain/payment';
import type { StoryRows } from '../../storage/postgres/story';
import type { StoryLine } from './story';
import type { PaymentWorkflowLook } from './workflow';

export interface Story {
  readonly payment: Payment;
  readonly rows: StoryRows;
  readonly lines: readonly StoryLine[];
  /** Its own and the one of refunds after the delivery, those that are there; `unknown`: Temporal was not reachable. */
  readonly workflows: readonly PaymentWorkflowLook[] | 'unknown';
}

const MONEY: Readonly<Record<MoneyPlace, string>> = { buyer: 'with the buyer', shop: 'with the shop', 'on-the-way-back': 'on its way back to the buyer' };

export const stamp = (at: Date) => at.toISOString().slice(0, 19).replace('T', ' ');

/** A payment's story for a terminal. Times are UTC. */
export function renderStory({ payment, rows, lines, workflows }: Story): string {
  const money = payment.paidAt === null && payment.status !== 'refunding' ? 'buyer' : whereIsTheMoney(payment.status);
  const facts: [string, string][] = [
    ['payment', payment.id],
    ['YooKassa', payment.yookassaId ?? 'not created there'],
    ['buyer', `${payment.userId} (Telegram)`],
    ['what', `${payment.planName.en}, ${(payment.priceKopecks / 100).toFixed(2)} RUB, ${payment.locationName.en}${payment.serverName === null ? '' : `, ${payment.serverName}`}${payment.renewsSubscriptionId === null ? '' : ', a renewal'}`],
    ['status', `${payment.status}${payment.reason === null ? '' : ` (${payment.reason})`}${payment.dismissedAt ? ', cancelled by the buyer' : ''}`],
    ['the money', `${MONEY[money]}${money === 'buyer' && payment.status === 'refunded' ? ' again' : ''}${money === 'shop' && payment.returnedKopecks > 0 ? `, ${(payment.returnedKopecks / 100).toFixed(2)} RUB of it given back` : ''}`],
    ...(rows.subscription ? ([['subscription', subscriptionWords(rows.subscription)]] satisfies [string, string][]) : []),
  ];
  return [...facts.map(([name, value]) => `${name.padEnd(13)}${value}`), '', 'What happened (UTC)', ...lines.map(renderLine), '', 'What happens next', ...nextSteps(payment, workflows).map((line) => `  ${line}`)].join('\n');
}

function renderLine({ at, who, what }: StoryLine): string {
  return `  ${stamp(at)}  ${who.padEnd(9)} ${what}`;
}

function subscriptionWords({ id, status, serverCode, startsAt, expiresAt, panelExpiresAt }: NonNullable<StoryRows['subscription']>): string {
  const confirmed = panelExpiresAt === null ? 'not confirmed by the panel' : panelExpiresAt.getTime() === expiresAt.getTime() ? 'confirmed by the panel' : `the panel has confirmed ${stamp(panelExpiresAt)}`;
  return `${id} ${status} on ${serverCode}, ${stamp(startsAt)} to ${stamp(expiresAt)}, ${confirmed}`;
}

/** What will happen and when, or what a person has to do. One thing a line. */
export function nextSteps(payment: Payment, workflows: Story['workflows']): string[] {
  if (workflows === 'unknown') return ['Temporal does not answer, so what the workflow is doing is not known; npm run doctor'];
  const lines = workflows.flatMap(workflowSteps);
  if (workflows.some(({ status }) => status === 'RUNNING')) return lines;
  if (isFinal(payment.status)) return [...lines, 'nothing: it is finished'];
  return [...lines, workflows.length === 0 ? `no workflow looks after it; npm run payment -- retry ${payment.id}` : `it has ended, the payment has not; npm run payment -- retry ${payment.id}`];
}

function workflowSteps({ workflowId, runId, status, events, progress, pending, timers, closedAt }: PaymentWorkflowLook): string[] {
  const lines = [`workflow ${workflowId} (run ${runId.slice(0, 8)}): ${status.toLowerCase()}${closedAt ? ` at ${stamp(closedAt)}` : ''}, ${events} events`];
  if (status !== 'RUNNING') return lines;
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
