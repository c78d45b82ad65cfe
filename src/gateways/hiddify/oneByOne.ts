import { isGatewayError, type GatewayError } from '../errors';
import type { PanelAccounts, PanelUser } from './types';

/** A panel that fails on so many accounts, and has answered about none, has another trouble than a damaged row. */
const GIVE_UP_AFTER = 3;

/**
 * Reads accounts by themselves. A damaged row fails its own reading as it fails the list; the others are not hidden by
 * it.
 *
 * @param listError why the list could not be had; thrown when the accounts can't be read either
 * @throws GatewayError any other than the panel's failure on a row
 */
export async function readOneByOne(
  uuids: readonly string[],
  read: (uuid: string) => Promise<PanelUser | null>,
  listError: GatewayError,
): Promise<Omit<PanelAccounts, 'isWhole'>> {
  const users: PanelUser[] = [];
  const unreadable = new Set<string>();
  let answered = 0;
  for (const uuid of uuids) {
    try {
      const user = await read(uuid);
      answered += 1;
      if (user) users.push(user);
    } catch (error) {
      if (!isFailureOnRow(error)) throw error;
      unreadable.add(uuid);
      if (answered === 0 && unreadable.size >= GIVE_UP_AFTER) throw listError;
    }
  }
  if (answered === 0 && unreadable.size > 0) throw listError;
  return { users, unreadable };
}

/**
 * The panel itself has answered, with its own error or in an unknown shape; a web server in front answers 502 to 504.
 */
function isFailureOnRow(error: unknown): boolean {
  if (!isGatewayError(error)) return false;
  return error.code === 'unreadable' || (error.code === 'server-error' && error.status === 500);
}
