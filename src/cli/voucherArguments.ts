/** The arguments of `npm run vouchers`. */
import { userInfo } from 'node:os';
import { readVoucherCode } from '../domain/voucher/code';
import { isUuid } from '../domain/uuid';

export const USAGE = `Usage:
  npm run vouchers -- create --plan CODE --count N --until DATE [--note TEXT] [--partner NAME] [--per-person one]
                             makes N vouchers that give what this plan gives now; prints them as CSV: code, link;
                             of those with --per-person one each person can claim one
  npm run vouchers -- list [BATCH]
                             the batches and what became of them; of one batch, its vouchers as CSV
  npm run vouchers -- revoke BATCH|CODE
                             revokes what nobody has claimed; what is claimed stays
DATE: 2026-12-31, the last day on which they can be claimed (Moscow time), or "never". --as NAME names who does it.
Who has a code may claim it: keep the CSV as you keep money. Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

/** More at once are more than anybody hands out. */
const MOST = 10_000;
const CREATION_OPTIONS: readonly string[] = ['--plan', '--count', '--until', '--note', '--partner', '--per-person'];

export type VoucherArguments = { readonly actor: string } & (
  | {
      readonly command: 'create';
      readonly planCode: string;
      readonly count: number;
      /** The first moment at which they can't be claimed any more; `null`: never. */
      readonly until: Date | null;
      readonly note: string | null;
      /** Who hands them out. */
      readonly partner: string | null;
      /** Each person can claim one of them. */
      readonly oncePerPerson: boolean;
    }
  | { readonly command: 'list'; readonly batchId: string | undefined }
  | { readonly command: 'revoke'; readonly which: { readonly batchId: string } | { readonly code: string } }
);

/** @returns `undefined` for arguments that make no command */
export function parseVoucherArguments(given: readonly string[], now: Date): VoucherArguments | undefined {
  const plain: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at]!;
    if (!word.startsWith('--')) plain.push(word);
    else if (given[at + 1] === undefined || options.has(word)) return undefined;
    else options.set(word, given[(at += 1)]!);
  }
  const actor = `operator:${options.get('--as') || userInfo().username}`;
  options.delete('--as');
  const [command, what, ...more] = plain;
  if (more.length > 0) return undefined;
  if (command === 'create') return what === undefined ? creation(options, actor, now) : undefined;
  if (options.size > 0) return undefined;
  if (command === 'list' && (what === undefined || isUuid(what))) return { command, actor, batchId: what };
  const which = command === 'revoke' && what !== undefined ? batchOrCode(what) : undefined;
  return which && { command: 'revoke', actor, which };
}

function creation(options: ReadonlyMap<string, string>, actor: string, now: Date): VoucherArguments | undefined {
  if ([...options.keys()].some((name) => !CREATION_OPTIONS.includes(name))) return undefined;
  const planCode = options.get('--plan');
  const count = options.get('--count') ?? '';
  const until = endOf(options.get('--until') ?? '');
  if (planCode === undefined || !/^\d{1,5}$/.test(count) || until === undefined) return undefined;
  if (Number(count) < 1 || Number(count) > MOST || (until !== null && until <= now)) return undefined;
  const perPerson = options.get('--per-person');
  if (perPerson !== undefined && perPerson !== 'one') return undefined;
  return {
    command: 'create',
    ...{ actor, planCode, count: Number(count), until, note: options.get('--note') ?? null },
    ...{ partner: options.get('--partner') ?? null, oncePerPerson: perPerson === 'one' },
  };
}

/** The end of that day in Moscow. @returns `null`: never; `undefined`: no day */
function endOf(date: string): Date | null | undefined {
  if (date === 'never') return null;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const midday = new Date(`${date}T12:00:00Z`);
  if (Number.isNaN(midday.getTime()) || !midday.toISOString().startsWith(date)) return undefined;
  return new Date(`${date}T24:00:00+03:00`);
}

function batchOrCode(what: string): { batchId: string } | { code: string } | undefined {
  if (isUuid(what)) return { batchId: what };
  const code = readVoucherCode(what);
  return code === undefined ? undefined : { code };
}
