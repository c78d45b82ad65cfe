import type { Language } from '../../domain/language';
import { t } from '../locales/index';
import type { Screen } from './screen';

/** Tells the owner that payments are unfinished which were made at another shop of YooKassa than the one in force. */
export function shopChangeScreen(
  { shopId, count, now }: { readonly shopId: string; readonly count: number; readonly now: string },
  language: Language,
): Screen {
  return { text: t(language, 'shop-change-notice', { before: shopId, count, now }) };
}
