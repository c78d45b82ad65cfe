import { MINUTE_MS } from '../../domain/duration';
import type { Language } from '../../domain/language';
import { plain, t } from '../locales/index';
import { button, keyboard, newMenuButton, supportButton } from './buttons';
import type { Screen } from './screen';

/** Sent once; further messages are ignored until then. */
export function rateLimitedScreen(retryAfterMs: number, language: Language): Screen {
  return { text: t(language, 'rate-limited', { seconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) }) };
}

export function payLimitedScreen(retryAfterMs: number, language: Language): Screen {
  return {
    text: t(language, 'pay-limited', { minutes: Math.max(1, Math.ceil(retryAfterMs / MINUTE_MS)) }),
    keyboard: keyboard([newMenuButton(language)]),
  };
}

/** Redis is away: without its limits and dialogs no order is made. */
export function storageAwayScreen(language: Language): Screen {
  return {
    text: t(language, 'storage-away'),
    keyboard: keyboard(
      [button(plain(language, 'button-choose-again'), { do: 'buy', page: 0 })],
      [newMenuButton(language)],
    ),
  };
}

/** @param incident the code that finds this failure in the log */
export function failureScreen(incident: string, language: Language): Screen {
  return {
    text: t(language, 'failure', { incident }),
    keyboard: keyboard([newMenuButton(language), supportButton(language, 'below')]),
  };
}
