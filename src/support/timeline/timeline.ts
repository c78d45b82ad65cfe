import { withoutTimeOfAlert } from '../../domain/alertSubject';
import type { PaymentEvent, PaymentEventName } from '../../storage/postgres/payments';
import type { TimelineRows } from '../../storage/postgres/timeline';
import type { TimelineWords } from './words';

/** One thing that happened, in time order. */
export interface TimelineEntry {
  readonly at: Date;
  /**
   * `buyer`, `workflow`, `yookassa`, `webhook`, `panel`, `telegram`, `database`, `operator:...`, in the reader's
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
  events: readonly PaymentEvent[],
  rows: TimelineRows,
  presses: readonly Press[],
  words: TimelineWords,
): TimelineEntry[] {
  const lines: TimelineEntry[] = [
    ...events.map(({ at, actor, event, details }) => ({
      at,
      who: actor,
      what: [words.events[event as PaymentEventName] ?? event.replaceAll('-', ' '), detailsOf(details)]
        .filter(Boolean)
        .join(': '),
    })),
    ...presses.map(({ at, action }) => ({ at, who: 'buyer', what: words.presses(action) })),
    ...rows.requests.flatMap(({ idempotenceKey: key, operation, amount, firstSentAt, answeredAt, answer }) => [
      { at: firstSentAt, who: 'workflow', what: words.asks(operation, amount === null ? null : `${amount} RUB`, key) },
      ...(answeredAt ? [{ at: answeredAt, who: 'yookassa', what: words.answers(clean(answer ?? words.nothing)) }] : []),
    ]),
    ...rows.webhooks.map((webhook) => ({
      at: webhook.receivedAt,
      who: 'webhook',
      what: webhookWords(webhook, words),
    })),
    ...rows.refunds.flatMap((refund) => [
      { at: refund.createdAt, who: 'database', what: refundWords(refund, words) },
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
    .map(({ who, ...line }) => ({ ...line, who: words.who[who] ?? who }));
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
  { id, event, body, remoteAddress, handledAt, outcome }: TimelineRows['webhooks'][number],
  words: TimelineWords,
): string {
  const handled = handledAt ? (outcome ?? words.handled) : words.notHandled;
  return `#${id} ${event ?? words.unreadable}${statusIn(body)} ${words.from} ${remoteAddress}: ${handled}`;
}

function statusIn(body: string): string {
  try {
    const { object } = JSON.parse(body) as { object?: { status?: unknown; amount?: { value?: unknown } } };
    const said = (value: unknown) => (typeof value === 'string' ? value : '?');
    return clean(` (${said(object?.status)}, ${said(object?.amount?.value)} RUB)`).slice(0, 60);
  } catch {
    return '';
  }
}

function refundWords(
  { attempt, amountKopecks, reason, askedBy, providerRef, ofProviderRef }: TimelineRows['refunds'][number],
  words: TimelineWords,
): string {
  if (askedBy === 'cabinet') return words.refundFound(attempt, roubles(amountKopecks), providerRef ?? words.noId);
  return words.refundPlanned(attempt, roubles(amountKopecks), ofProviderRef, reason, askedBy);
}

/** For operators, the same in every language: `199.00 RUB`. */
export function roubles(kopecks: number): string {
  return `${(kopecks / 100).toFixed(2)} RUB`;
}
