import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isGatewayError } from '../errors';
import type { PanelFamily } from './types';

/**
 * Names an administrator by the digest of their key, so that it can be stored and compared. The key is the
 * administrator's uuid on the panel, in either case.
 */
export function adminOf(apiKey: string): string {
  return createHash('sha256').update(apiKey.toLowerCase()).digest('hex');
}

const me = z.object({ parent_admin_uuid: z.string().nullable() });
const admins = z.array(z.object({ uuid: z.string() }));

/**
 * Whether an administrator is shown the accounts that another one has made. Up to 13.x the panel refuses (403) where it
 * may not show; from 14.x on it hides all but those of the administrator and of those below them. The panel's owner,
 * who has nobody above them, sees everything.
 *
 * @param made who made the account; `null`: not known
 * @param read reads a route below `api/v2/admin/`
 */
export async function seesAccountsOf(
  made: string | null,
  { admin, family, read }: { admin: string; family: PanelFamily; read: (path: string) => Promise<unknown> },
): Promise<boolean> {
  if (family !== 'C' || made === admin) return true;
  const self = me.safeParse(await read('me/'));
  if (self.success && self.data.parent_admin_uuid === null) return true;
  if (made === null) return false;
  try {
    const below = admins.safeParse(await read('admin_user/'));
    return below.success && below.data.some(({ uuid }) => adminOf(uuid) === made);
  } catch (error) {
    // An agent may not ask.
    if (isGatewayError(error) && error.code === 'auth') return false;
    throw error;
  }
}
