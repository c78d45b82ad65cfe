import { isMovable, type GrantCase, type GrantStage } from '../../domain/freeGrant';
import type { Language } from '../../domain/language';
import { grantReference } from '../grantReference';
import { plain } from '../locales/index';
import { button } from './buttons';
import type { Screen } from './screen';

/**
 * How a free grant stands, and where its panel makes no key, the button that has another server make it. A key that is
 * there already stays on its server.
 */
export function withOtherServer(
  screen: Screen,
  { of, stage, isNewKey }: { readonly of: GrantCase; readonly stage: GrantStage; readonly isNewKey: boolean },
  language: Language,
): Screen {
  if (!isNewKey || !isMovable(stage)) return screen;
  const other = button(plain(language, 'button-another-server'), { do: 'grant-server', grant: grantReference(of) });
  return { ...screen, keyboard: { inline_keyboard: [[other], ...(screen.keyboard?.inline_keyboard ?? [])] } };
}
