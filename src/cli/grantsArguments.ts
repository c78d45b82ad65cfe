/** The arguments of `npm run grants`. */
import { userInfo } from 'node:os';
import type { ByHandKind } from '../domain/bookEntry';
import { isUuid } from '../domain/uuid';

export const USAGE = `Usage:
  npm run grants -- give SUBSCRIPTION --days N --note TEXT [--compensation]
                             adds N days to a subscription that lives, for nothing; with --compensation its owner
                             reads in "My subscriptions" that they make up for something
SUBSCRIPTION is its id, as npm run payment -- show prints it. TEXT says why, for the audit log; the same days with the
same text are given once. Whoever has no subscription: npm run vouchers. --as NAME names who gives.
Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

export interface GrantsArguments {
  readonly actor: string;
  readonly kind: ByHandKind;
  readonly subscriptionId: string;
  readonly days: number;
  readonly note: string;
}

/** As many as a plan has. */
const MOST_DAYS = 3_650;
const LONGEST_NOTE = 200;

/** @returns `undefined` for arguments that make no command */
export function parseGrantsArguments(given: readonly string[]): GrantsArguments | undefined {
  const words = [...given];
  const valueOf = (option: string): string | undefined => {
    const at = words.indexOf(option);
    return at === -1 ? undefined : words.splice(at, 2)[1];
  };
  const [days = '', note = ''] = [valueOf('--days'), valueOf('--note')?.trim()];
  const actor = `operator:${valueOf('--as') ?? userInfo().username}`;
  const isCompensation = words.includes('--compensation');
  const [command, subscriptionId, ...more] = words.filter((word) => word !== '--compensation');
  if (command !== 'give' || !isUuid(subscriptionId) || more.length > 0) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(days) || Number(days) > MOST_DAYS) return undefined;
  if (note === '' || note.startsWith('--') || note.length > LONGEST_NOTE) return undefined;
  return { actor, kind: isCompensation ? 'compensation' : 'owner', subscriptionId, days: Number(days), note };
}
