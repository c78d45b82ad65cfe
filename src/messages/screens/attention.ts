import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { addressLines, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';
import { order } from './wording';

/**
 * Tells the owner that a payment needs a person, with a link to its workflow. `note` is the workflow's current note.
 */
export function attentionScreen(
  { payment, note, workflowUrl }: { payment: Payment; note: string; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'attention', {
    note: html(escapeHtml(tame(note, 1000))),
    order: order(payment, language),
    userId: String(payment.userId),
    status: payment.status,
    paymentId: payment.id,
  });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}
