import type { Language } from '../../domain/language';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { plain, t } from '../locales/index';
import { button, type Button, copyButton, keyboard, linkButton, subscriptionsButton } from './buttons';
import type { Screen } from './screen';
import { copyable, inLanguage, limitWords, moment } from './wording';

export interface KeyMessageInput {
  readonly subscription: SubscriptionView;
  /** The subscription link: a secret. */
  readonly subscriptionUrl: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly publicUrl?: string | undefined;
}

/** Apps offered in the chat, by their name in the address of the `/open/:app` page, which supports more apps. */
const OFFERED_APPS = { hiddify: 'Hiddify', v2raytun: 'v2rayTun', happ: 'Happ' } as const;

/**
 * The message with the key. It also fits under a photo (1,024 characters). Send it without a link preview: the link is
 * a secret.
 */
export function keyMessage({ subscription, subscriptionUrl, language, timeZone, publicUrl }: KeyMessageInput): Screen {
  return {
    text: t(language, 'key-message', {
      ...place(subscription, language),
      key: copyable(subscriptionUrl),
      until: moment(subscription.expiresAt, language, timeZone),
      ...limitWords(language, subscription, timeZone),
    }),
    keyboard: keyboard(
      [copyKeyButton(subscriptionUrl, language)],
      ...appButtons(subscriptionUrl, language, publicUrl).map((one) => [one]),
      [button(plain(language, 'button-setup'), { do: 'help', where: 'below' }), subscriptionsButton(language, 'below')],
    ),
  };
}

/** The caption of a QR code that the buyer asked for. */
export function qrCaption(subscription: SubscriptionView, language: Language): Screen {
  return {
    text: t(language, 'qr-caption', place(subscription, language)),
    keyboard: keyboard([button(plain(language, 'button-hide'), { do: 'hide' })]),
  };
}

/** The name after `#` is optional: without it a long link may still fit. */
export function copyKeyButton(subscriptionUrl: string, language: Language): Button | undefined {
  const label = plain(language, 'button-copy-key');
  return copyButton(label, subscriptionUrl) ?? copyButton(label, subscriptionUrl.split('#')[0]!);
}

/**
 * Telegram does not allow `hiddify://` in a button, so the button opens a page of the shop, which opens the app. The
 * key is in the fragment, which browsers do not send, so it reaches no server and no log.
 */
export function appButtons(subscriptionUrl: string, language: Language, publicUrl: string | undefined): Button[] {
  if (publicUrl === undefined || !mayCarryKeys(publicUrl)) return [];
  return Object.entries(OFFERED_APPS)
    .map(([app, name]) => {
      const page = `${publicUrl}/open/${app}?lang=${language}#${encodeURIComponent(subscriptionUrl)}`;
      return linkButton(plain(language, 'button-open-app', { app: name }), page);
    })
    .filter((one) => one !== undefined);
}

/** https, or this machine: over plain http others on the network could change the page that handles the key. */
function mayCarryKeys(publicUrl: string): boolean {
  if (!URL.canParse(publicUrl)) return false;
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname));
}

export function place(
  subscription: SubscriptionView,
  language: Language,
): { flag: string; location: string; server: string } {
  return {
    flag: subscription.locationFlag,
    location: inLanguage(subscription.locationName, language),
    server: subscription.serverName,
  };
}
