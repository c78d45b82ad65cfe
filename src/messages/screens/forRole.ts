import { mayDo, type Role } from '../../domain/staff';
import { decodeAction } from '../callbackData';
import { deskActOf } from '../deskActs';
import type { Screen } from './screen';

/** A screen of the desk without the buttons for what this role may not do; the guard refuses the same. */
export function forRole(screen: Screen, role: Role): Screen {
  if (!screen.keyboard) return screen;
  const isAllowed = (data: string): boolean => {
    const action = decodeAction(data);
    const act = action && deskActOf(action);
    return act === undefined || mayDo(role, act);
  };
  const rows = screen.keyboard.inline_keyboard
    .map((row) => row.filter((one) => !('callback_data' in one) || isAllowed(one.callback_data)))
    .filter((row) => row.length > 0);
  return { ...screen, keyboard: { inline_keyboard: rows } };
}
