import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import { escapeHtml, html, plain, t, tame, type Html } from '../locales/index';
import { addressLines, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';
import { moment, order } from './wording';

/**
 * Tells the owner that a payment needs a person, with a link to its workflow.
 * @param told `note`: the workflow's current note, or a text of the shop
 */
export function attentionScreen(
  { payment, note, workflowUrl }: { payment: Payment; note: string | Html; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'attention', {
    note: typeof note === 'string' ? html(escapeHtml(tame(note, 1000))) : note,
    order: order(payment, language),
    userId: String(payment.userId),
    status: payment.status,
    paymentId: payment.id,
  });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}

/** Why a panel refuses the account of one order, in the owner's language and time. @param told `code` of the gateway's error */
export function delayNote(
  { code, refundDueAt, timeZone }: { readonly code: string; readonly refundDueAt: Date; readonly timeZone: string },
  language: Language,
): Html {
  return html(t(language, 'delay-order', { code, until: moment(refundDueAt, language, timeZone) }));
}
