import type { Language } from '../../domain/language';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { UUID_PATTERN } from '../../domain/uuid';
import { addressLines, button, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';
import { orderNumber } from './wording';

/** Tells the owner that a scheduled job needs a person. `note` is the job's current note. */
export function ownerNoticeScreen(
  { note, workflowUrl }: { note: string; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'owner-notice', { note: html(escapeHtml(tame(note, 1500))) });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}

/** More buttons than this hide what the message says; the others are found in `/admin`. */
const MOST_PAYMENTS = 8;

/** How the subjects of notifications about a payment begin; other ids in them are YooKassa's. */
const OF_A_PAYMENT = new RegExp(`^(?:key-owed:)?(${UUID_PATTERN})`);

/** Tells an owner how many messages did not reach them. `subjects` are those of the notifications. */
export function missedNoticesScreen(subjects: readonly string[], language: Language): Screen {
  const payments = [...new Set(subjects.flatMap((subject) => OF_A_PAYMENT.exec(subject)?.[1] ?? []))];
  return {
    text: t(language, 'missed-notices', { count: subjects.length }),
    keyboard: keyboard(
      ...payments.slice(-MOST_PAYMENTS).map((payment) => [
        button(plain(language, 'button-timeline-of', { number: orderNumber(payment) }), {
          do: 'timeline',
          payment,
          page: 0,
        }),
      ]),
    ),
  };
}
