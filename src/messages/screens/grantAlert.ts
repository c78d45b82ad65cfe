import type { FreeKind } from '../../domain/bookEntry';
import { grantCaseId } from '../../domain/freeGrant';
import type { Language } from '../../domain/language';
import { html, t } from '../locales/index';
import type { Screen } from './screen';

/**
 * Tells an owner of a free grant that needs them: all of a day's are given, or all of those for friends of one person;
 * one of them has got no key; or nobody can say who is in the channel.
 */
export function grantAlertScreen(
  {
    request,
    about,
  }: {
    readonly request: { readonly kind: FreeKind; readonly source: string; readonly userId: number };
    readonly about: 'spent' | 'friends-spent' | 'undelivered' | 'key-refused' | 'channel';
  },
  language: Language,
): Screen {
  const note = t(language, 'grant-alert', {
    about,
    user: String(request.userId),
    workflow: grantCaseId(request),
  });
  return { text: t(language, 'owner-notice', { note: html(note) }) };
}
