/** What the owner is told about the sync of a panel. */
import type { Language } from '../../domain/language';
import { FOR_A_PERSON } from '../../domain/panelDrift';
import type { DriftCounts, PanelDifferences } from '../../jobs/panelSync/contract';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { addressLines, keyboard, linkButton } from './buttons';
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

/** So many accounts differ from the database that the owner must allow the repairs. */
export function panelDiffersScreen(
  about: PanelDifferences & { serverCode: string; workflowId: string; workflowUrl: string | undefined },
  language: Language,
): Screen {
  const { serverCode, ours, theirs, repairs, drift, workflowId, workflowUrl } = about;
  const link = [plain(language, 'button-workflow'), workflowUrl] as const;
  const lines = driftLines(Object.entries(drift), language);
  const text = t(language, 'panel-differs', {
    server: serverCode,
    workflowId,
    ours,
    theirs,
    repairs,
    lines,
  });
  return { text: text + addressLines(link), keyboard: keyboard([linkButton(...link)]) };
}

/** Accounts differ that the sync leaves as they are: which one is the buyer's, the shop can't know. */
export function accountsForAPersonScreen(
  { serverCode, drift }: { serverCode: string; drift: DriftCounts },
  language: Language,
): Screen {
  const found = Object.entries(drift).filter(([kind]) => FOR_A_PERSON.some((one) => one === kind));
  return { text: t(language, 'panel-for-a-person', { server: serverCode, lines: driftLines(found, language) }) };
}

/** One line for each kind of difference. */
function driftLines(drift: readonly (readonly [kind: string, count: number])[], language: Language) {
  return html(drift.map(([kind, count]) => t(language, 'panel-differs-kind', { kind, count })).join('\n'));
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
