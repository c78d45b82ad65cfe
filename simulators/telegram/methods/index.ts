import { editMethods } from './edits';
import { invoiceMethods } from './invoices';
import { messageMethods } from './messages';
import type { Method } from './method';
import { settingMethods } from './settings';
import { starMethods } from './stars';
import { webhookMethods } from './updates';

/** Keys in lower case: Telegram takes method names in any case. */
export function allMethods(): ReadonlyMap<string, Method> {
  return new Map(
    Object.entries({
      ...messageMethods,
      ...editMethods,
      ...settingMethods,
      ...invoiceMethods,
      ...starMethods,
      ...webhookMethods(),
    }),
  );
}
