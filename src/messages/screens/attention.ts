import { assertNever } from '../../domain/assertNever';
import type { AttentionNote } from '../../domain/attention';
import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { ProviderId } from '../../domain/provider';
import { html, plain, t, type Html } from '../locales/index';
import { amountOf } from './amounts';
import { addressLines, button, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';
import { moment, order, providerName } from './wording';

/**
 * Tells the owner that a payment needs a person, with its timeline, where they decide, and a link to its workflow.
 * @param told `note`: why, in the same language
 */
export function attentionScreen(
  { payment, note, workflowUrl }: { payment: Payment; note: Html; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'attention', {
    note,
    order: order(payment, language),
    userId: String(payment.userId),
    status: plain(language, 'payment-status', { status: payment.status }),
    paymentId: payment.id,
  });
  const timeline = button(plain(language, 'button-timeline'), { do: 'timeline', payment: payment.id, page: 0 });
  return { text: text + addressLines(link), keyboard: keyboard([timeline], [linkButton(...link)]) };
}

/** What has happened, and what the owner can do, in their language. */
export function attentionNote(
  note: AttentionNote,
  { payment, timeZone }: { readonly payment: Payment; readonly timeZone: string },
  language: Language,
): Html {
  const provider = providerName(payment.provider, language);
  switch (note.about) {
    case 'mismatch':
      return html(
        t(language, 'attention-mismatch', {
          provider,
          reason: note.reason,
          paid: amountOf(payment, note.paidKopecks ?? 0, language),
          price: amountOf(payment, payment.priceKopecks, language),
          refundAt: note.refundAt === null ? 'never' : moment(new Date(note.refundAt), language, timeZone),
        }),
      );
    case 'unknown':
      return html(t(language, 'attention-unknown', { provider, reason: note.reason }));
    case 'key-refused':
      return html(t(language, 'attention-key-refused'));
    case 'refund-refused':
      return html(t(language, 'attention-refund-refused', { provider, reason: note.reason }));
    case 'refund-not-made':
      return html(t(language, 'attention-refund-not-made', { provider, reason: note.reason, askedBy: note.askedBy }));
    default:
      return assertNever(note);
  }
}

/** A provider makes no payment for an order of this shop. `said`: its answer, in its own codes. */
export function refusedOrderNote(
  { provider, said }: { readonly provider: ProviderId; readonly said: string },
  language: Language,
): Html {
  const about = said.includes(', receipt') ? 'receipt' : 'other';
  return html(t(language, 'attention-order-refused', { provider: providerName(provider, language), said, about }));
}

/**
 * Why a panel refuses the account of one order, in the owner's language and time. @param told `code` of the gateway's
 * error
 */
export function delayNote(
  { code, refundDueAt, timeZone }: { readonly code: string; readonly refundDueAt: Date; readonly timeZone: string },
  language: Language,
): Html {
  return html(t(language, 'delay-order', { code, until: moment(refundDueAt, language, timeZone) }));
}
