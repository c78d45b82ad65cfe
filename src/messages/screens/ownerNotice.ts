import type { Language } from '../../domain/language';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { addressLines, keyboard, linkButton } from './buttons';
import type { Screen } from './screen';

/** Tells the owner that a scheduled job needs a person. `note` is the job's current note. */
export function ownerNoticeScreen(
  { note, workflowUrl }: { note: string; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const text = t(language, 'owner-notice', { note: html(escapeHtml(tame(note, 1500))) });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}
