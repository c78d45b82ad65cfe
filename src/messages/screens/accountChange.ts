import type { Language, LocalizedText } from '../../domain/language';
import { t } from '../locales/index';
import type { Screen } from './screen';

export interface AccountChange {
  /** The provider as people know it. */
  readonly label: LocalizedText;
  /** The account that payments were made at, how many are unfinished, and the one in force. */
  readonly before: string;
  readonly count: number;
  readonly now: string;
  /** The settings to be set back. */
  readonly settings: readonly string[];
}

/** Tells the owner that payments are unfinished of a provider that is not set up. */
export function missingProviderScreen(
  { label, count }: Pick<AccountChange, 'label' | 'count'>,
  language: Language,
): Screen {
  return { text: t(language, 'missing-provider-notice', { provider: label[language], count }) };
}

/** Tells the owner that payments are unfinished which were made at another account than the one in force. */
export function accountChangeScreen(
  { label, before, count, now, settings }: AccountChange,
  language: Language,
): Screen {
  const provider = label[language];
  return {
    text: t(language, 'account-change-notice', { provider, before, count, now, settings: settings.join(', ') }),
  };
}
