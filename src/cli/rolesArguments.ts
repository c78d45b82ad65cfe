/** The arguments of `npm run roles`. */
import { userInfo } from 'node:os';
import { STAFF_ROLES, type StaffRole } from '../domain/staff';

export const USAGE = `Usage:
  npm run roles -- matrix              what each role may do at the owner's desk
  npm run roles -- list                who has which role, and who gave it
  npm run roles -- give ID ROLE        gives this person a role: ${STAFF_ROLES.join(', ')}
  npm run roles -- take ID             takes it: what they press from then on is refused
People are Telegram ids. Owners are in ADMIN_IDS and nowhere else. --as NAME names who decides, --because TEXT says why.
Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

interface Decided {
  readonly actor: string;
  readonly reason: string | null;
}

export type RolesArguments =
  | { readonly command: 'matrix' | 'list' }
  | ({ readonly command: 'give'; readonly userId: number; readonly role: StaffRole } & Decided)
  | ({ readonly command: 'take'; readonly userId: number; readonly role: null } & Decided);

/** @returns `undefined` for arguments that make no command */
export function parseRolesArguments(given: readonly string[]): RolesArguments | undefined {
  const words = [...given];
  const name = option(words, '--as');
  const why = option(words, '--because');
  if (name === '' || why === '' || words.some((word) => word.startsWith('--'))) return undefined;
  const decided = { actor: `operator:${name ?? userInfo().username}`, reason: why ?? null };
  const [command, person, role, ...more] = words;
  if (more.length > 0) return undefined;
  if (command === 'matrix' || command === 'list') return person === undefined ? { command } : undefined;
  if (person === undefined || !/^[1-9]\d{0,14}$/.test(person)) return undefined;
  const userId = Number(person);
  if (command === 'take') return role === undefined ? { command, userId, role: null, ...decided } : undefined;
  const known = STAFF_ROLES.find((one) => one === role);
  return command === 'give' && known !== undefined ? { command, userId, role: known, ...decided } : undefined;
}

/** Takes an option and its value out of the words. @returns '' for one without a value */
function option(words: string[], name: string): string | undefined {
  const at = words.indexOf(name);
  if (at === -1) return undefined;
  const [, value] = words.splice(at, 2);
  return value === undefined || value.startsWith('--') ? '' : value;
}
