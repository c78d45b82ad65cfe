/** A payment's timeline for admins, in pages, and the decisions about it. */
import type { Language } from '../../domain/language';
import { isOpen, isUnknownReason, type Payment } from '../../domain/payment';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { amountOf } from './amounts';
import { addressLines, button, keyboard, linkButton, menuButton, type Button } from './buttons';
import type { Screen } from './screen';
import { inLanguage, order, orderNumber, providerName } from './wording';
import { workflowSearch, type TemporalUi } from './webUi';

export type AdminDecision = 'retry' | 'deliver' | 'refund' | 'close';

/** Telegram allows 4,096 characters; the rest is for the text around it. */
const PAGE_CHARACTERS = 3_300;
/** A longer line is shortened; it can only be an unusual text from outside. */
const LINE_CHARACTERS = 600;

/**
 * Opens the timeline of an order.
 * @param number more of its id where its own number would not tell it from another one
 */
export function timelineButton(payment: Payment, language: Language, number = orderNumber(payment.id)): Button {
  return button(
    plain(language, 'found-payment', {
      number,
      status: plain(language, 'payment-status', { status: payment.status }),
      price: amountOf(payment, payment.priceKopecks, language),
      plan: inLanguage(payment.planName, language),
    }),
    { do: 'timeline', payment: payment.id, page: 0 },
  );
}

/** Cuts a timeline between its lines. */
export function timelinePages(timeline: string): string[] {
  const pages: string[] = [];
  let page = '';
  for (const raw of timeline.split('\n')) {
    const line = raw.length > LINE_CHARACTERS ? `${raw.slice(0, LINE_CHARACTERS)}…` : raw;
    // The limit applies to the escaped text, which is longer.
    if (page !== '' && escapeHtml(page).length + escapeHtml(line).length + 1 > PAGE_CHARACTERS) {
      pages.push(page);
      page = '';
    }
    page = page === '' ? line : `${page}\n${line}`;
  }
  return [...pages, page];
}

export interface TimelineInput {
  readonly payment: Payment;
  readonly timeline: string;
  /** Of the pages, from 0; one beyond the end shows the last, which says what happens next. */
  readonly page: number;
  readonly options: readonly AdminDecision[];
  readonly temporalUi: TemporalUi | undefined;
}

export function timelineScreen(
  { payment, timeline, page, options, temporalUi }: TimelineInput,
  language: Language,
): Screen {
  const pages = timelinePages(timeline);
  const shown = Math.min(page, pages.length - 1);
  const to = (next: number, label: string) =>
    button(plain(language, label), { do: 'timeline', payment: payment.id, page: next });
  const workflows = [
    plain(language, 'button-workflow'),
    workflowSearch(
      temporalUi,
      ['payment', 'refund', ...(payment.purpose === 'gift' ? ['gift'] : [])]
        .map((type) => `WorkflowId="${type}-${payment.id}"`)
        .join(' OR '),
    ),
  ] as const;
  const text = t(language, 'timeline', {
    page: shown + 1,
    pages: pages.length,
    timeline: html(escapeHtml(clean(pages[shown] ?? ''))),
  });
  return {
    text: text + addressLines(workflows),
    keyboard: keyboard(
      [
        shown > 0 ? to(shown - 1, 'button-previous') : undefined,
        shown < pages.length - 1 ? to(shown + 1, 'button-next') : undefined,
      ],
      [to(shown, 'button-refresh')],
      ...options.map((decision) => [
        button(plain(language, 'decision-do', { decision }), { do: 'decide', payment: payment.id, decision }),
      ]),
      [linkButton(...workflows)],
      [button(plain(language, 'button-desk-card'), { do: 'card', user: payment.userId })],
      [menuButton(language)],
    ),
  };
}

/** Removes control characters from each line. */
export function clean(page: string): string {
  return page
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : tame(line, LINE_CHARACTERS + 1)))
    .join('\n');
}

/** Of a payment that its provider does not know "close" means the order, not its refund. */
const meaningOf = ({ status, reason }: Payment): string =>
  isOpen(status) && isUnknownReason(reason) ? 'decision-meaning-unknown' : 'decision-meaning';

/** Asks an operator for confirmation, so that no decision about money is made by an accidental tap. */
export function decideScreen(payment: Payment, decision: AdminDecision, language: Language): Screen {
  return {
    text: t(language, 'decide-sure', {
      order: order(payment, language),
      status: plain(language, 'payment-status', { status: payment.status }),
      userId: String(payment.userId),
      what: html(t(language, meaningOf(payment), { decision, provider: providerName(payment.provider, language) })),
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'timeline', payment: payment.id, page: 999 })],
      [button(plain(language, 'decision-sure', { decision }), { do: 'decide-sure', payment: payment.id, decision })],
    ),
  };
}
