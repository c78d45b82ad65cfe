import type { Language } from '../../domain/language';
import { t } from '../locales/index';
import { keyboard, newMenuButton, subscriptionsButton, supportButton } from './buttons';
import type { Screen } from './screen';

/** The answer to whoever the shop takes no orders from and gives nothing more: what stays theirs, and whom to write to. */
export function blockedScreen(language: Language): Screen {
  return {
    text: t(language, 'blocked'),
    keyboard: keyboard(
      [supportButton(language, 'below')],
      [subscriptionsButton(language, 'below')],
      [newMenuButton(language)],
    ),
  };
}
