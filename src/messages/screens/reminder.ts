import type { Language, LocalizedText } from '../../domain/language';
import { plain, t } from '../locales/index';
import { button, keyboard, subscriptionsButton } from './buttons';
import type { Screen } from './screen';
import { inLanguage, moment } from './wording';

/** For the messages about a subscription that ends soon or has ended. */
export interface EndingInput {
  readonly subscription: {
    readonly id: string;
    readonly locationName: LocalizedText;
    readonly locationFlag: string;
    readonly expiresAt: Date;
    readonly timeZone: string;
  };
}

/** @param daysLeft calendar days of the buyer until the end: 0 is today */
export function reminderScreen(
  { subscription, daysLeft }: EndingInput & { readonly daysLeft: number },
  language: Language,
): Screen {
  return {
    text: t(language, 'reminder', {
      ...endingWords(subscription, language),
      days: daysLeft,
      when: plain(language, 'reminder-when', { days: daysLeft }),
    }),
    keyboard: endingKeyboard(subscription.id, language),
  };
}

/** Sent once, when the subscription has ended. */
export function endedScreen({ subscription }: EndingInput, language: Language): Screen {
  return {
    text: t(language, 'subscription-ended', endingWords(subscription, language)),
    keyboard: endingKeyboard(subscription.id, language),
  };
}

/** The variables of the texts about an end. */
export function endingWords(
  { locationName, locationFlag, expiresAt, timeZone }: EndingInput['subscription'],
  language: Language,
) {
  return {
    flag: locationFlag,
    location: inLanguage(locationName, language),
    until: moment(expiresAt, language, timeZone),
  };
}

function endingKeyboard(subscription: string, language: Language) {
  return keyboard(
    [button(plain(language, 'button-renew'), { do: 'renew', subscription })],
    [subscriptionsButton(language, 'below')],
  );
}
