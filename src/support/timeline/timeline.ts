import { withoutTimeOfAlert } from '../../domain/alertSubject';
import { moneyText } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import type { ProviderId } from '../../domain/provider';
import { providerLabel } from '../../providers/labels';
import type { PaymentEvent, PaymentEventName } from '../../storage/postgres/payments';
import type { TimelineRows } from '../../storage/postgres/timeline';
import type { TimelineWords } from './words';

/** One thing that happened, in time order. */
export interface TimelineEntry {
  readonly at: Date;
  /**
   * `buyer`, `workflow`, a provider, `webhook`, `panel`, `telegram`, `database`, `operator:...`, in the reader's
   * language.
   */
  readonly who: string;
  readonly what: string;
}

/** A button or a command that the buyer's chat sent, from the session. */
export interface Press {
  readonly at: Date;
  /** A command, such as `/buy`, or a button's verb, such as `pay` (`src/messages/callbackData.ts`). */
  readonly action: string;
}

/**
 * Names of values that may be secret (a link, a key, a token). The database should contain none; what support sees must
 * not.
 */
const SECRET_NAME = /url|link|key$|token|secret|panelUser/i;
const LINK = /\w+:\/\/\S+/g;

/** The whole timeline of a payment from everything in the database and the buyer's session, oldest first. Pure. */
export function buildTimeline(
  payment: Pick<Payment, 'provider' | 'currency' | 'priceKopecks'>,
  events: readonly PaymentEvent[],
  rows: TimelineRows,
  presses: readonly Press[],
  words: TimelineWords,
): TimelineEntry[] {
  const { provider, currency } = payment;
  const name = (id: ProviderId): string => providerLabel(id)[words.language];
  const sum = (minor: number): string => moneyText({ currency, minor });
  const lines: TimelineEntry[] = [
    ...events.map(({ at, actor, event, details }) => ({
      at,
      who: actor,
      what: [words.events[event as PaymentEventName] ?? event.replaceAll('-', ' '), detailsOf(details)]
        .filter(Boolean)
        .join(': '),
    })),
    ...presses.map(({ at, action }) => ({ at, who: 'buyer', what: words.presses(action) })),
    ...rows.requests.flatMap(({ idempotenceKey: key, operation, firstSentAt, answeredAt, answer }) => {
      const asked = operation === 'create-payment' ? payment.priceKopecks : refundedBy(key, rows.refunds);
      const what = words.asks(name(provider), operation, asked === undefined ? null : sum(asked), key);
      return [
        { at: firstSentAt, who: 'workflow', what },
        ...(answeredAt ? [{ at: answeredAt, who: provider, what: words.answers(clean(answer ?? words.nothing)) }] : []),
      ];
    }),
    ...rows.webhooks.map((webhook) => ({
      at: webhook.receivedAt,
      who: 'webhook',
      what: webhookWords(webhook, name(webhook.provider), words),
    })),
    ...rows.refunds.flatMap((refund) => [
      { at: refund.createdAt, who: 'database', what: refundWords(refund, sum(refund.amountKopecks), words) },
      ...(refund.endedAt
        ? [
            {
              at: refund.endedAt,
              who: 'database',
              what: words.refundEnded(refund.attempt, refund.status) + inBrackets(refund.providerRef),
            },
          ]
        : []),
    ]),
    ...rows.messages.map((message) => ({
      at: message.sentAt ?? message.createdAt,
      who: 'telegram',
      what: words.message(message.kind, message.userId, message.status) + inBrackets(partOf(message.subject)),
    })),
    ...rows.revocations.flatMap(({ serverCode, createdAt, confirmedAt, abandonedAt }) => [
      { at: createdAt, who: 'database', what: words.revocationDue(serverCode) },
      ...(confirmedAt ? [{ at: confirmedAt, who: 'panel', what: words.revocationDone(serverCode) }] : []),
      ...(abandonedAt ? [{ at: abandonedAt, who: 'database', what: words.revocationAbandoned(serverCode) }] : []),
    ]),
    ...rows.promoUses.flatMap(({ code, status, createdAt, updatedAt }) => [
      { at: createdAt, who: 'database', what: words.promoUse(code, 'reserved') },
      ...(status === 'reserved' ? [] : [{ at: updatedAt, who: 'database', what: words.promoUse(code, status) }]),
    ]),
    ...rows.rewards.flatMap((reward) => rewardLines(reward, words)),
    ...rows.decisions.map(({ at, actor, action, details }) => ({
      at,
      who: actor,
      what: [words.decided(action), detailsOf(details)].filter(Boolean).join(': '),
    })),
  ];
  return lines
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ who, ...line }) => ({ ...line, who: words.who[who] ?? name(who) }));
}

function rewardLines(reward: TimelineRows['rewards'][number], words: TimelineWords): TimelineEntry[] {
  const { role, userId, days, status, createdAt, changedAt, dueAt, suspicions, decidedBy } = reward;
  const { forfeitReason, forfeitBy, forfeitAt } = reward;
  const due = dueAt.toISOString().slice(0, 16).replace('T', ' ');
  const held = suspicions.length > 0 && decidedBy === null ? suspicions.join(', ') : null;
  return [
    { at: createdAt, who: 'database', what: words.reward(role, userId, days, due) + inBrackets(held) },
    ...(forfeitReason === null
      ? []
      : [{ at: forfeitAt!, who: forfeitBy!, what: words.rewardForfeit(role, userId, forfeitReason) }]),
    ...(status === 'waiting' ? [] : [{ at: changedAt, who: 'database', what: words.rewardIs(role, userId, status) }]),
  ];
}

/** `a 1, b 2`, without anything that may be a secret. */
function detailsOf(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([name, value]) => !SECRET_NAME.test(name) && value !== null)
    .map(([name, value]) => `${name} ${clean(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(', ');
}

function clean(text: string): string {
  // Outside text must not contain line breaks or control characters of a terminal.
  return text.replaceAll(LINK, '[link]').replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}

const inBrackets = (text: string | null): string => (text === null ? '' : ` (${text})`);

/** What follows the payment's id in a message's subject, such as the attempt of a refund. */
function partOf(subject: string): string | null {
  const colon = subject.indexOf(':');
  return colon === -1 ? null : clean(withoutTimeOfAlert(subject.slice(colon + 1)));
}

function webhookWords(
  { id, event, remoteAddress, handledAt, outcome }: TimelineRows['webhooks'][number],
  provider: string,
  words: TimelineWords,
): string {
  const handled = handledAt ? (outcome ?? words.handled) : words.notHandled;
  return `#${id} ${provider} ${event ?? words.unreadable} ${words.from} ${remoteAddress}: ${handled}`;
}

function refundWords(
  { attempt, reason, askedBy, provider, providerRef, ofProviderRef }: TimelineRows['refunds'][number],
  sum: string,
  words: TimelineWords,
): string {
  if (askedBy === 'cabinet') return words.refundFound(attempt, sum, providerRef ?? words.noId);
  const stray =
    ofProviderRef === null ? null : { provider: providerLabel(provider)[words.language], ref: ofProviderRef };
  return words.refundPlanned(attempt, sum, stray, reason, askedBy);
}

/** What the attempt is about whose call has this key; `undefined`: of none that is known. */
function refundedBy(key: string, refunds: TimelineRows['refunds']): number | undefined {
  return refunds.find(({ attempt }) => key.endsWith(`refund-${attempt}`))?.amountKopecks;
}
