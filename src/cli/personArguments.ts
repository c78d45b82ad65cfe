/** The arguments of `npm run person`. */
import { userInfo } from 'node:os';
import { BLOCK_REASONS, type BlockReason } from '../domain/block';
import { isUuid } from '../domain/uuid';

export const USAGE = `Usage:
  npm run person -- show ID            who it is, whether they are blocked, and their rewards for friends
  npm run person -- block ID REASON    no orders, and nothing is given to them any more; REASON: ${BLOCK_REASONS.join(', ')}.
                                       For fraud their rewards for friends are taken back as well
  npm run person -- unblock ID
  npm run person -- forfeit REWARD     takes back one reward that was got by fraud
  npm run person -- erase ID           removes their names and addresses, when they ask for it
ID is a Telegram id. --note TEXT says why, and --as NAME who decides; both are written to the audit log.
Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

export type PersonArguments =
  | { readonly command: 'show'; readonly userId: number }
  | ({ readonly actor: string; readonly note: string | null } & (
      | { readonly command: 'block'; readonly userId: number; readonly reason: BlockReason }
      | { readonly command: 'unblock' | 'erase'; readonly userId: number }
      | { readonly command: 'forfeit'; readonly reward: string }
    ));

/** @returns `undefined` for arguments that make no command */
export function parsePersonArguments(given: readonly string[]): PersonArguments | undefined {
  const words = [...given];
  const options = new Map<string, string>();
  for (const name of ['--as', '--note']) {
    const at = words.indexOf(name);
    if (at === -1) continue;
    const [, value] = words.splice(at, 2);
    if (!value) return undefined;
    options.set(name, value);
  }
  if (words.some((word) => word.startsWith('--'))) return undefined;
  const [command, one = '', two, ...more] = words;
  if (more.length > 0) return undefined;
  const by = { actor: `operator:${options.get('--as') ?? userInfo().username}`, note: options.get('--note') ?? null };
  if (command === 'forfeit') return isUuid(one) && two === undefined ? { command, reward: one, ...by } : undefined;
  const userId = /^[1-9]\d{0,14}$/.test(one) ? Number(one) : undefined;
  if (userId === undefined) return undefined;
  if (command === 'block') {
    const reason = BLOCK_REASONS.find((known) => known === two);
    return reason && { command, userId, reason, ...by };
  }
  if (two !== undefined) return undefined;
  if (command === 'show') return { command, userId };
  return command === 'unblock' || command === 'erase' ? { command, userId, ...by } : undefined;
}
