/** The arguments of `npm run promo`. */
import { userInfo } from 'node:os';
import { readPromoCode } from '../domain/promo/code';
import { PROMO_AUDIENCES, type PromoAudience } from '../domain/promo/terms';
import type { PromoDraft } from '../storage/postgres/promo/codes';

export const USAGE = `Usage:
  npm run promo -- create CODE (--percent 1..100 | --fixed ROUBLES | --days DAYS | --days-alone DAYS) [options]
  npm run promo -- edit CODE [options]     changes what it gives from now on; orders that are out keep what they were made with
  npm run promo -- list
  npm run promo -- show CODE               what it gives, and how many links are out with it
  npm run promo -- off CODE | on CODE      nobody can use it; it can be used again
  npm run promo -- delete CODE             its name is free for another code
Options:
  --from DATE, --until DATE                2026-12-31 (a whole day in Moscow) or 2026-12-31T18:00+03:00; until: including that day
  --total N, --per-person N                how often it may be used (without a limit; 1)
  --plans month,year, --min-days N         the plans that it is for (all)
  --audience first-purchase|no-subscription|all
  --person ID                              a personal offer for one Telegram user
  --renewals, --no-renewals                whether it is good for renewals (no)
  --note TEXT                              for you alone
--percent 100 and --days-alone give something for nothing, once per person. --days: with a purchase.
none as a value takes a date, a limit or the plans away. --as NAME names who decides in the audit log.
CODE: 4 to 32 of A-Z 0-9 _ -. Exit codes: 0 done, 1 not done, 2 wrong arguments.`;

/** What a command line says wrong, for a person. */
export class PromoArgumentError extends Error {
  override readonly name = 'PromoArgumentError';
}

export interface PromoArguments {
  readonly command: 'create' | 'edit' | 'list' | 'show' | 'off' | 'on' | 'delete';
  readonly code: string;
  readonly changes: Partial<PromoDraft>;
  readonly actor: string;
}

const COMMANDS = ['create', 'edit', 'list', 'show', 'off', 'on', 'delete'] as const;
const FLAGS = ['renewals', 'no-renewals'];

type Changes = { -readonly [Name in keyof PromoDraft]?: PromoDraft[Name] };

/** @throws PromoArgumentError for arguments that make no command, saying which */
export function parsePromoArguments(given: readonly string[]): PromoArguments {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at]!;
    if (!word.startsWith('--')) {
      words.push(word);
      continue;
    }
    const name = word.slice(2);
    if (options.has(name)) throw new PromoArgumentError(`${word} is given twice.`);
    const value = FLAGS.includes(name) ? '' : given[(at += 1)];
    if (value === undefined) throw new PromoArgumentError(`${word} needs a value.`);
    options.set(name, value);
  }
  const [name, text, ...more] = words;
  const command = COMMANDS.find((one) => one === name);
  if (!command || more.length > 0 || (command === 'list') !== (text === undefined)) throw new PromoArgumentError(USAGE);
  const actor = `operator:${options.get('as') || userInfo().username}`;
  options.delete('as');
  if (options.size > 0 && command !== 'create' && command !== 'edit')
    throw new PromoArgumentError(`npm run promo -- ${command} takes no options.`);
  return { command, code: text === undefined ? '' : codeOf(text), changes: changesOf(options), actor };
}

function codeOf(text: string): string {
  const read = readPromoCode(text);
  if ('code' in read) return read.code;
  const hint = read.problem === 'look-alike' ? ' Some of its letters are Cyrillic or Greek and only look Latin.' : '';
  throw new PromoArgumentError(`"${text.slice(0, 64)}" is no code: 4 to 32 of A-Z 0-9 _ -.${hint}`);
}

function changesOf(options: ReadonlyMap<string, string>): Changes {
  const changes: Changes = {};
  const kinds = ['percent', 'fixed', 'days', 'days-alone'].filter((kind) => options.has(kind));
  if (kinds.length > 1) throw new PromoArgumentError(`A code has one kind, not both --${kinds.join(' and --')}.`);
  if (options.has('renewals') && options.has('no-renewals'))
    throw new PromoArgumentError('--renewals and --no-renewals exclude each other.');
  if (options.has('person') && options.has('audience'))
    throw new PromoArgumentError('--person and --audience exclude each other.');
  for (const [name, value] of options) {
    const read = READ[name];
    if (!read) throw new PromoArgumentError(`There is no option --${name}.\n\n${USAGE}`);
    Object.assign(changes, read(value, `--${name}`));
  }
  return changes;
}

const READ: Readonly<Record<string, (value: string, option: string) => Changes>> = {
  percent: (value, option) => ({ kind: 'percent', amount: whole(value, option, 1, 100) }),
  fixed: (value, option) => ({ kind: 'fixed', amount: whole(value, option, 1, 100_000) * 100 }),
  days: (value, option) => ({ kind: 'days', amount: whole(value, option, 1, 3_650) }),
  'days-alone': (value, option) => ({ kind: 'days-alone', amount: whole(value, option, 1, 3_650) }),
  from: (value, option) => ({ validFrom: orNone(value, () => dateOf(value, option, 'T00:00:00.000+03:00')) }),
  until: (value, option) => ({ validUntil: orNone(value, () => dateOf(value, option, 'T24:00:00.000+03:00')) }),
  total: (value, option) => ({ usesTotal: orNone(value, () => whole(value, option, 1, 10_000_000)) }),
  'per-person': (value, option) => ({ usesPerPerson: whole(value, option, 1, 1_000) }),
  plans: (value) => ({ planCodes: orNone(value, () => value.split(',').map((plan) => plan.trim())) }),
  'min-days': (value, option) => ({ minDays: orNone(value, () => whole(value, option, 1, 3_650)) }),
  audience: (value) => ({ audience: audienceOf(value), userId: null }),
  person: (value, option) => ({ audience: 'person', userId: whole(value, option, 1, 2 ** 52) }),
  renewals: () => ({ renewals: true }),
  'no-renewals': () => ({ renewals: false }),
  note: (value) => ({ note: value }),
};

const orNone = <T>(value: string, read: () => T): T | null => (value === 'none' ? null : read());

function whole(value: string, option: string, least: number, most: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most)
    throw new PromoArgumentError(`${option} takes a whole number from ${least} to ${most}, not "${value}".`);
  return number;
}

function dateOf(value: string, option: string, time: string): Date {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(value);
  const date = new Date(isDay ? value + time : value);
  if ((!isDay && !isMoment) || Number.isNaN(date.getTime()))
    throw new PromoArgumentError(`${option} takes 2026-12-31 or 2026-12-31T18:00+03:00, not "${value}".`);
  return date;
}

function audienceOf(value: string): PromoAudience {
  const audience = PROMO_AUDIENCES.find((one) => one === value);
  if (audience === undefined || audience === 'person')
    throw new PromoArgumentError(
      `--audience takes all, first-purchase or no-subscription, not "${value}". A personal offer: --person ID.`,
    );
  return audience;
}
