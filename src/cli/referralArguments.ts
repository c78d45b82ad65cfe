/** The arguments of `npm run referral`. */
import { userInfo } from 'node:os';
import { isUuid } from '../domain/uuid';

export const USAGE = `Usage:
  npm run referral -- show ID          who invited this person, and whom they have invited
  npm run referral -- assign FRIEND REFERRER
                                       says who invited somebody; the referrer must have come first
  npm run referral -- remove FRIEND    nobody has invited them; no link says so again
  npm run referral -- held             rewards that wait for a decision, and why
  npm run referral -- release REWARD   gives it when its day comes
  npm run referral -- refuse REWARD    never gives it; its person is told
People are Telegram ids. Rewards that were given are not changed. --as NAME names who decides.
Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

export type ReferralArguments = { readonly actor: string } & (
  | { readonly command: 'show'; readonly userId: number }
  | { readonly command: 'assign'; readonly friendId: number; readonly referrerId: number }
  | { readonly command: 'remove'; readonly friendId: number; readonly referrerId: null }
  | { readonly command: 'held' }
  | { readonly command: 'release' | 'refuse'; readonly reward: string }
);

/** @returns `undefined` for arguments that make no command */
export function parseReferralArguments(given: readonly string[]): ReferralArguments | undefined {
  const words = [...given];
  const at = words.indexOf('--as');
  const [, name] = at === -1 ? [] : words.splice(at, 2);
  if ((at !== -1 && !name) || words.some((word) => word.startsWith('--'))) return undefined;
  const actor = `operator:${name ?? userInfo().username}`;
  const [command, one, two, ...more] = words;
  if (more.length > 0) return undefined;
  if (command === 'held') return one === undefined ? { command, actor } : undefined;
  if (command === 'release' || command === 'refuse')
    return one !== undefined && isUuid(one) && two === undefined ? { command, actor, reward: one } : undefined;
  const id = personOf(one);
  if (id === undefined) return undefined;
  if (command === 'show') return two === undefined ? { command, actor, userId: id } : undefined;
  if (command === 'remove') return two === undefined ? { command, actor, friendId: id, referrerId: null } : undefined;
  const referrerId = personOf(two);
  return command === 'assign' && referrerId !== undefined ? { command, actor, friendId: id, referrerId } : undefined;
}

function personOf(word: string | undefined): number | undefined {
  return word !== undefined && /^[1-9]\d{0,14}$/.test(word) ? Number(word) : undefined;
}
