import type { Language } from '../../domain/language';
import type { TrialReminder } from '../../domain/trialReminders';
import { plain, t } from '../locales/index';
import { button, keyboard, subscriptionsButton, supportButton } from './buttons';
import { endingWords, type EndingInput } from './reminder';
import type { Screen } from './screen';

/** What somebody is told of their trial: nobody has connected yet, it ends in a day, it has ended. */
export function trialReminderScreen(
  {
    kind,
    subscription,
  }: {
    readonly kind: TrialReminder;
    readonly subscription: EndingInput['subscription'] & { readonly endsWithPurchase: boolean };
  },
  language: Language,
): Screen {
  const buy = button(plain(language, 'button-buy-for-key'), { do: 'renew', subscription: subscription.id });
  const setUp = button(plain(language, 'button-setup'), { do: 'help', where: 'below' });
  const support = supportButton(language, 'below');
  const subscriptions = subscriptionsButton(language, 'below');
  return {
    text: t(language, 'trial-reminder', {
      kind: kind === 'trial-1-day' && subscription.endsWithPurchase ? `${kind}-ends` : kind,
      ...endingWords(subscription, language),
    }),
    keyboard:
      kind === 'trial-not-connected' ? keyboard([setUp], [subscriptions], [support]) : keyboard([buy], [subscriptions]),
  };
}
