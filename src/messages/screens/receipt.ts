import type { Language } from '../../domain/language';
import { maskedContact, type AcceptedContact, type ReceiptContact } from '../../domain/receiptContact';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton } from './buttons';
import type { Screen } from './screen';

export interface ContactInput {
  readonly accepted: AcceptedContact;
  /** What was sent is no address that a receipt can go to. */
  readonly isWrong: boolean;
  /** The confirmation of an order follows. */
  readonly inPurchase: boolean;
}

/** Asks where receipts go; the answer is the next text that the buyer sends. */
export function contactScreen({ accepted, isWrong, inPurchase }: ContactInput, language: Language): Screen {
  const back = inPurchase ? ({ do: 'plans' } as const) : ({ do: 'settings', where: 'here' } as const);
  return {
    text: t(language, isWrong ? 'contact-wrong' : 'contact-ask', { accepted }),
    keyboard: keyboard([button(plain(language, 'button-back'), back), menuButton(language)]),
  };
}

export interface SettingsInput {
  readonly contact: ReceiptContact | undefined;
  /** `undefined`: the shop makes no receipts. */
  readonly accepted: AcceptedContact | undefined;
}

/** `/settings`: what is known of the buyer and can be changed. */
export function settingsScreen({ contact, accepted }: SettingsInput, language: Language): Screen {
  const label = (key: string) => plain(language, `button-${key}`);
  return {
    text: t(language, 'settings', {
      receipts: receiptsKey(contact, accepted),
      contact: contact === undefined ? '' : maskedContact(contact),
    }),
    keyboard: keyboard(
      [
        accepted === undefined
          ? undefined
          : button(contact ? label('change-contact') : label('give-contact'), { do: 'change-contact' }),
      ],
      [contact && button(label('forget-contact'), { do: 'forget-contact' })],
      [button(label('language'), { do: 'language' })],
      [menuButton(language)],
    ),
  };
}

function receiptsKey(contact: ReceiptContact | undefined, accepted: AcceptedContact | undefined): string {
  if (contact !== undefined) return 'known';
  return accepted === undefined ? 'none' : 'unknown';
}
