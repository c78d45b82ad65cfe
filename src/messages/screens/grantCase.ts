/** For admins: how something stands that somebody has asked for, and what may be decided about it. */
import { grantCaseId, type GrantCase } from '../../domain/freeGrant';
import type { Language } from '../../domain/language';
import { grantReference } from '../grantReference';
import { escapeHtml, html, plain, t } from '../locales/index';
import { addressLines, button, keyboard, linkButton, menuButton } from './buttons';
import type { Screen } from './screen';
import { clean, timelinePages } from './timeline';
import { workflowPage, type TemporalUi } from './webUi';
import { paragraphs } from './wording';

export interface GrantCaseShown {
  /** Of its workflow; `undefined`: there is none, or Temporal does not answer. */
  readonly status: string | undefined;
  /** What was given, as text; empty for nothing. */
  readonly given: string;
  readonly options: readonly ('retry' | 'close')[];
  readonly temporalUi: TemporalUi | undefined;
}

export function grantCaseScreen(of: GrantCase, shown: GrantCaseShown, language: Language): Screen {
  const grant = grantReference(of);
  const workflow = grantCaseId(of);
  const link = [plain(language, 'button-workflow'), workflowPage(shown.temporalUi, workflow)] as const;
  const text = paragraphs(
    t(language, 'grant-case', {
      workflow,
      status: html(t(language, 'grant-status', { status: shown.status ?? 'none' })),
    }),
    shown.given === '' ? undefined : `<pre>${escapeHtml(clean(timelinePages(shown.given)[0]!))}</pre>`,
  );
  return {
    text: text + addressLines(link),
    keyboard: keyboard(
      [button(plain(language, 'button-refresh'), { do: 'grant', grant })],
      ...shown.options.map((decision) => [
        decision === 'retry'
          ? button(plain(language, 'decision-do', { decision }), { do: 'grant-retry', grant })
          : button(plain(language, 'button-grant-end'), { do: 'grant-end', grant }),
      ]),
      [linkButton(...link)],
      [menuButton(language)],
    ),
  };
}

/** Asks an operator for confirmation before something that somebody has asked for is given up. */
export function grantEndSureScreen(of: GrantCase, language: Language): Screen {
  const grant = grantReference(of);
  return {
    text: t(language, 'grant-end-sure', { workflow: grantCaseId(of) }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'grant', grant })],
      [button(plain(language, 'button-grant-end-sure'), { do: 'grant-end-sure', grant })],
    ),
  };
}
