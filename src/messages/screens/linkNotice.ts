import type { Language } from '../../domain/language';
import { t } from '../locales/index';
import type { Screen } from './screen';

/**
 * Tells the owner that the keys of a server can't be used.
 * @param code why, as the panel's gateway names it
 */
export function linkNoticeScreen(
  { serverCode, code }: { serverCode: string; code: string | undefined },
  language: Language,
): Screen {
  return { text: t(language, keyOf(code), { server: serverCode }) };
}

function keyOf(code: string | undefined): string {
  if (code === 'no-servers') return 'link-notice-servers';
  if (code === 'ENOTFOUND') return 'link-notice-host';
  return code === undefined || code === 'link' ? 'link-notice-address' : 'link-notice-certificate';
}
