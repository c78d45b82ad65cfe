import type { Language } from '../../domain/language';
import type { Difference } from '../../support/audit/differences';
import { html, plain, t } from '../locales/index';
import { keyboard } from './buttons';
import type { Screen } from './screen';
import { providerName } from './wording';

/** More than this nobody reads in a chat; `npm run audit` prints all. */
const MOST_SHOWN = 10;
/** Those of the shop have 36 characters; others may be anything. */
const LONGEST_ID = 64;

/** Tells the owner what the scheduled audit has found. */
export function auditNoticeScreen(differences: readonly Difference[], language: Language): Screen {
  const lines = differences.slice(0, MOST_SHOWN).map(({ kind, ids }) => {
    const { provider, ...others } = ids;
    const of = provider === undefined ? '' : providerName(provider, language);
    const about = Object.entries(others).map(([name, id]) =>
      t(language, 'audit-id', { name, provider: of, id: Array.from(id).slice(0, LONGEST_ID).join('') }),
    );
    return t(language, 'audit-difference', {
      what: plain(language, 'audit-kind', { kind }),
      ids: html(about.join(', ')),
    });
  });
  const more = differences.length - lines.length;
  if (more > 0) lines.push(plain(language, 'audit-more', { count: more }));
  return {
    text: t(language, 'audit-notice', { count: differences.length, lines: html(lines.join('\n')) }),
    keyboard: keyboard(),
  };
}
