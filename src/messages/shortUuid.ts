import { isUuid } from '../domain/uuid';

/** How `shortUuid` writes one. For composing patterns. */
export const SHORT_UUID_PATTERN = '[\\w-]{22}';

/** A uuid in 22 characters, so that the data of a button holds it together with something else. */
export function shortUuid(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @returns `undefined`: no uuid is written so */
export function readShortUuid(text: string): string | undefined {
  const uuid = Buffer.from(text, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isUuid(uuid) && shortUuid(uuid) === text ? uuid : undefined;
}
