import type { PaymentEvent, PaymentEventName } from '../../storage/postgres/payments';
import type { TimelineRows } from '../../storage/postgres/timeline';
import type { TimelineWords } from './words';

/** One thing that happened, in time order. */
export interface TimelineEntry {
  readonly at: Date;
  /**
   * `buyer`, `workflow`, `yookassa`, `webhook`, `panel`, `telegram`, `record`, `operator:...`, in the reader's
   * language.
   */
  readonly who: string;
  readonly what: string;
}

/**
 * A value that may open something: a link, a key, a token. The record should hold none; the screen of a support person
 * shows none.
 */
const SECRET_NAME = /url|link|key$|token|secret|panelUser/i;
const LINK = /\w+:\/\/\S+/g;

/** The whole timeline of a payment from everything the record holds, oldest first. Pure. */
export function buildTimeline(
  events: readonly PaymentEvent[],
  rows: TimelineRows,
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
    ...rows.requests.flatMap(({ idempotenceKey: key, operation, amount, firstSentAt, answeredAt, answer }) => [
      { at: firstSentAt, who: 'workflow', what: words.asks(operation, amount === null ? null : `${amount} RUB`, key) },
      ...(answeredAt ? [{ at: answeredAt, who: 'yookassa', what: words.answers(clean(answer ?? words.nothing)) }] : []),
    ]),
    ...rows.webhooks.map((webhook) => ({
      at: webhook.receivedAt,
      who: 'webhook',
      what: `#${webhook.id} ${webhook.event ?? words.unreadable}${statusIn(webhook.body)} ${words.from} ${webhook.remoteAddress}: ${webhook.handledAt ? (webhook.outcome ?? words.handled) : words.notHandled}`,
    })),
    ...rows.refunds.flatMap((refund) => [
      { at: refund.createdAt, who: 'record', what: refundWords(refund, words) },
      ...(refund.endedAt
        ? [
            {
              at: refund.endedAt,
              who: 'record',
              what: `${words.refundEnded(refund.attempt, refund.status)}${refund.yookassaId === null ? '' : ` (${refund.yookassaId})`}`,
            },
          ]
        : []),
    ]),
    ...rows.messages.map((message) => ({
      at: message.sentAt ?? message.createdAt,
      who: 'telegram',
      what: `${words.message(message.kind, message.userId, message.status)}${message.subject.includes(':') ? ` (${clean(message.subject.slice(message.subject.indexOf(':') + 1))})` : ''}`,
    })),
    ...rows.revocations.flatMap(({ serverCode, createdAt, doneAt }) => [
      { at: createdAt, who: 'record', what: words.revocationDue(serverCode) },
      ...(doneAt ? [{ at: doneAt, who: 'panel', what: words.revocationDone(serverCode) }] : []),
    ]),
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

/** `a 1, b 2`, without anything that may be a secret. */
function detailsOf(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([name, value]) => !SECRET_NAME.test(name) && value !== null)
    .map(([name, value]) => `${name} ${clean(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(', ');
}

function clean(text: string): string {
  // One line a thing: text from outside must not draw lines of its own on a terminal.
  return text.replaceAll(LINK, '[link]').replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
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
  { attempt, amountKopecks, reason, askedBy, yookassaId, ofYookassaId }: TimelineRows['refunds'][number],
  words: TimelineWords,
): string {
  if (askedBy === 'cabinet') return words.refundFound(attempt, roubles(amountKopecks), yookassaId ?? words.noId);
  return words.refundPlanned(attempt, roubles(amountKopecks), ofYookassaId, reason, askedBy);
}

/** For operators, the same in every language: `199.00 RUB`. */
export function roubles(kopecks: number): string {
  return `${(kopecks / 100).toFixed(2)} RUB`;
}
