import { LANGUAGES, type Language } from '../../domain/language';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton, subscriptionsButton, supportButton } from './buttons';
import type { Screen } from './screen';
import { orderNumber } from './wording';

export function helpScreen(language: Language): Screen {
  return {
    text: t(language, 'help'),
    keyboard: keyboard(
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 }), subscriptionsButton(language, 'here')],
      [supportButton(language, 'here'), menuButton(language)],
    ),
  };
}

export function termsScreen(language: Language): Screen {
  return { text: t(language, 'terms'), keyboard: keyboard([menuButton(language)]) };
}

export interface SupportInput {
  readonly userId: number;
  readonly lastPaymentId: string | undefined;
  /** Telegram id of the person who answers, where the shop has one. */
  readonly contactId: number | undefined;
}

/**
 * `/support` and `/paysupport`: whom to write to, and which ids to include. The contact is linked in the text: Telegram
 * would refuse a button to somebody whose privacy settings forbid it, together with the whole message.
 */
export function supportScreen(
  kind: 'support' | 'paysupport',
  { userId, lastPaymentId, contactId }: SupportInput,
  language: Language,
): Screen {
  const words = { userId: String(userId), order: lastPaymentId === undefined ? 'none' : orderNumber(lastPaymentId) };
  const contact = { contact: contactId === undefined ? 'no' : 'yes', contactId: String(contactId ?? '') };
  return {
    text: t(language, kind, kind === 'support' ? { ...words, ...contact } : words),
    keyboard: keyboard(
      [
        lastPaymentId === undefined
          ? undefined
          : button(plain(language, 'button-open-payment'), { do: 'show', payment: lastPaymentId }),
      ],
      [menuButton(language)],
    ),
  };
}

export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { ru: '🇷🇺 Русский', en: '🇬🇧 English' };

export function languageScreen(language: Language): Screen {
  return {
    text: t(language, 'language'),
    keyboard: keyboard(
      LANGUAGES.map((one) =>
        button(`${one === language ? '✓ ' : ''}${LANGUAGE_NAMES[one]}`, { do: 'speak', language: one }),
      ),
      [menuButton(language)],
    ),
  };
}
