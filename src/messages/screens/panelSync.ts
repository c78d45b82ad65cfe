/** What the owner is told about the sync of a panel. */
import type { Language } from '../../domain/language';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { keyboard, linkButton } from './buttons';
import type { Screen } from './screen';

/** A panel has not been synced for several runs. `reason`: of the last one, if it is known. */
export function syncStoppedScreen(
  about: { serverCode: string; runs: number; reason: string | undefined; workflowUrl: string | undefined },
  language: Language,
): Screen {
  const reason = about.reason ?? plain(language, 'panel-sync-still-running');
  return {
    text: t(language, 'panel-sync-stopped', {
      server: about.serverCode,
      runs: about.runs,
      reason: html(escapeHtml(tame(reason, 500))),
    }),
    keyboard: keyboard([linkButton(plain(language, 'button-workflow'), about.workflowUrl)]),
  };
}

export function syncResumedScreen({ serverCode }: { serverCode: string }, language: Language): Screen {
  return { text: t(language, 'panel-sync-resumed', { server: serverCode }) };
}

/** A panel can't give its list of accounts. `unreadable`: how many accounts of the shop it can't show either. */
export function listFailingScreen(
  about: { serverCode: string; unreadable: number; workflowUrl: string | undefined },
  language: Language,
): Screen {
  return {
    text: t(language, 'panel-list-failing', { server: about.serverCode, unreadable: about.unreadable }),
    keyboard: keyboard([linkButton(plain(language, 'button-workflow'), about.workflowUrl)]),
  };
}

/** The key in the catalogue can't see accounts that the one before it made, so their access can't be ended. */
export function accountsHiddenScreen({ serverCode }: { serverCode: string }, language: Language): Screen {
  return { text: t(language, 'panel-accounts-hidden', { server: serverCode }) };
}
