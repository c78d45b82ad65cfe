import type { Language } from '../../domain/language';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { keyboard, linkButton } from './buttons';
import type { Screen } from './screen';

/** Tells the owner that a scheduled job needs a person. `note` is the job's current note. */
export function ownerNoticeScreen(
  { note, workflowUrl }: { note: string; workflowUrl?: string | undefined },
  language: Language,
): Screen {
  return {
    text: t(language, 'owner-notice', { note: html(escapeHtml(tame(note, 1500))) }),
    keyboard: keyboard([linkButton(plain(language, 'button-workflow'), workflowUrl)]),
  };
}
