import type { PaymentEvent } from '../../storage/postgres/payments';
import type { StoryRows } from '../../storage/postgres/story';

/** One thing that happened, in time order. */
export interface StoryLine {
  readonly at: Date;
  /** `buyer`, `workflow`, `yookassa`, `webhook`, `panel`, `telegram`, `operator ...`. */
  readonly who: string;
  readonly what: string;
}

/** A value that may open something: a link, a key, a token. The record should hold none; the screen of a support person shows none. */
const SECRET_NAME = /url|link|key$|token|secret|panelUser/i;
const LINK = /\w+:\/\/\S+/g;

/** The whole story of a payment from everything the record holds, oldest first. Pure. */
export function tellStory(events: readonly PaymentEvent[], rows: StoryRows): StoryLine[] {
  const lines: StoryLine[] = [
    ...events.map(({ at, actor, event, details }) => ({ at, who: actor, what: [event.replaceAll('-', ' '), detailsOf(details)].filter(Boolean).join(': ') })),
    ...rows.requests.flatMap(({ key, operation, amount, firstSentAt, answeredAt, answer }) => [
      { at: firstSentAt, who: 'workflow', what: `asks YooKassa to ${operation.replace('-', ' a ')}${amount === null ? '' : ` of ${amount} RUB`}, Idempotence-Key ${key}` },
      ...(answeredAt ? [{ at: answeredAt, who: 'yookassa', what: `answers: ${clean(answer ?? 'nothing')}` }] : []),
    ]),
    ...rows.webhooks.map((webhook) => ({
      at: webhook.receivedAt,
      who: 'webhook',
      what: `#${webhook.id} ${webhook.event ?? 'unreadable'}${statusIn(webhook.body)} from ${webhook.remoteAddress}: ${webhook.handledAt ? (webhook.outcome ?? 'handled') : 'not handled yet'}`,
    })),
    ...rows.refunds.flatMap((refund) => [
      { at: refund.createdAt, who: 'record', what: refundWords(refund) },
      ...(refund.endedAt ? [{ at: refund.endedAt, who: 'record', what: `refund ${refund.attempt} ${refund.status}${refund.yookassaId === null ? '' : ` (${refund.yookassaId})`}` }] : []),
    ]),
    ...rows.messages.map((message) => ({
      at: message.sentAt ?? message.createdAt,
      who: 'telegram',
      what: `"${message.kind}" to ${message.userId}: ${message.status}${message.subject.includes(':') ? ` (${clean(message.subject.slice(message.subject.indexOf(':') + 1))})` : ''}`,
    })),
    ...rows.withdrawals.flatMap(({ serverCode, createdAt, doneAt }) => [
      { at: createdAt, who: 'record', what: `access on ${serverCode} is to be taken back` },
      ...(doneAt ? [{ at: doneAt, who: 'panel', what: `access on ${serverCode} is taken back` }] : []),
    ]),
    ...rows.decisions.map(({ at, actor, action, details }) => ({ at, who: actor, what: [`decided: ${action}`, detailsOf(details)].filter(Boolean).join(': ') })),
  ];
  return lines.toSorted((a, b) => a.at.getTime() - b.at.getTime());
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

function refundWords({ attempt, amountKopecks, reason, askedBy, yookassaId, ofYooKassaId }: StoryRows['refunds'][number]): string {
  if (askedBy === 'cabinet') return `refund ${attempt} found: ${roubles(amountKopecks)}, made outside the shop (${yookassaId ?? 'no id'})`;
  const ofWhat = ofYooKassaId === null ? '' : ` of YooKassa's payment ${ofYooKassaId}, which buys nothing`;
  return `refund ${attempt} planned: ${roubles(amountKopecks)}${ofWhat}, ${reason}, asked by ${askedBy}`;
}

function roubles(kopecks: number): string {
  return `${(kopecks / 100).toFixed(2)} RUB`;
}
