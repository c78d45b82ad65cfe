import type { FreeKind } from '../../domain/bookEntry';
import { grantCaseId } from '../../domain/freeGrant';
import { grantReference } from '../grantReference';
import type { Language } from '../../domain/language';
import { html, plain, t } from '../locales/index';
import { button, keyboard } from './buttons';
import type { Screen } from './screen';

/** What owners are told of: see `GrantAlert`; `refused`: its panel refuses this one alone; `channel`: of the trial. */
export type GrantAlertNote =
  | {
      readonly about: 'spent' | 'friends-spent' | 'unrecorded' | 'not-given' | 'panel-gone' | 'key-refused' | 'channel';
      readonly code?: never;
    }
  | { readonly about: 'refused'; readonly code: string };

/**
 * Tells an owner of a free grant that needs them, or what has become of one: all of a day's are given, or all of those
 * for friends of one person; or nobody can say who is in the channel.
 */
export function grantAlertScreen(
  {
    request,
    about,
    code = '',
  }: GrantAlertNote & {
    readonly request: { readonly kind: FreeKind; readonly source: string; readonly userId: number };
  },
  language: Language,
): Screen {
  const note = t(language, 'grant-alert', {
    about,
    kind: request.kind,
    code,
    user: String(request.userId),
    workflow: grantCaseId(request),
  });
  return {
    text: t(language, 'owner-notice', { note: html(note) }),
    ...(about === 'unrecorded' && {
      keyboard: keyboard([
        button(plain(language, 'button-grant-standing'), { do: 'grant', grant: grantReference(request) }),
      ]),
    }),
  };
}
