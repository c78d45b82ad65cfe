import { FrameworkError, outOfRange, Refusal } from './answers';
import { acceptsUuid, type Family } from './family';

/** The fields of a user write after validation. Absent: not sent. `null`: sent as null. */
export interface UserWrite {
  uuid?: string | null;
  name?: string | null;
  usage_limit_GB?: number | null;
  current_usage_GB?: number | null;
  package_days?: number | null;
  start_date?: string | null;
  mode?: string | null;
  enable?: boolean | null;
  comment?: string | null;
  telegram_id?: number | null;
  lang?: string | null;
  last_online?: string | null;
  added_by_uuid?: string | null;
}

class Bad extends Error {}

/** What the reading of a field depends on: the panel's family and its major version. */
interface Reader {
  readonly family: Family;
  readonly major: number;
}

type Read = (value: unknown, panel: Reader) => unknown;

/** Half of a surrogate pair can't be written as UTF-8: B and C refuse it, A's database does. */
const text: Read = (value, { family }) => {
  if (typeof value !== 'string') throw new Bad('Not a valid string.');
  if (!/\p{Surrogate}/u.test(value)) return value;
  if (family !== 'A') throw new Bad('Input should be a valid string, unable to parse raw data as a unicode string');
  throw new FrameworkError(500, "'utf-8' codec can't encode character: surrogates not allowed");
};
const float: Read = (value) => {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new Bad('Not a valid number.');
  return number;
};
/** For a fraction such as 1.5, A cuts it to 1, B and C refuse it. Digits in a string are accepted by all. */
const integer: Read = (value, panel) => {
  const number = float(value, panel) as number;
  if (!Number.isInteger(number) && panel.family !== 'A')
    throw new Bad('Input should be a valid integer, got a number with a fractional part');
  return Math.trunc(number);
};
/** A number of days; the column is a 32-bit integer. */
const days: Read = (value, panel) => {
  const number = integer(value, panel) as number;
  if (Math.abs(number) > 2_147_483_647) throw outOfRange('package_days');
  return number;
};
const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0']);
const boolean: Read = (value) => {
  const word = String(value).toLowerCase();
  if (['boolean', 'number', 'string'].includes(typeof value)) {
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
  }
  throw new Bad('Not a valid boolean.');
};
/** `2026-1-1` is taken as well. There is no year 0, and the year 1 is one that the database can't count days from. */
const date: Read = (value) => {
  const parts = typeof value === 'string' ? /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(value) : null;
  if (!parts) throw new Bad('Not a valid date.');
  const padded = `${parts[1]}-${parts[2]!.padStart(2, '0')}-${parts[3]!.padStart(2, '0')}`;
  const at = Date.parse(`${padded}T00:00:00Z`);
  if (parts[1] === '0000' || Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== padded)
    throw new Bad('Not a valid date.');
  if (parts[1] === '0001') throw outOfRange('start_date');
  return padded;
};
const stamp: Read = (value) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value))
    throw new Bad('Not a valid datetime.');
  return value;
};
const oneOf =
  (...allowed: string[]): Read =>
  (value, { family }) => {
    if (typeof value === 'string' && allowed.includes(value)) return value;
    throw new Bad(
      family === 'A'
        ? `Must be one of: ${allowed.join(', ')}.`
        : `Input should be ${allowed.map((word) => `'${word}'`).join(', ')}`,
    );
  };
/** A ignores a uuid that it does not accept, and makes a random one later. B and C refuse it. */
const uuid: Read = (value, { family }) => {
  if (acceptsUuid(family, value)) return value;
  if (family === 'A') return null;
  throw new Bad(`Value error, Invalid uuid: ${typeof value === 'string' ? `'${value}'` : String(value)}`);
};
/** Burmese came with version 11. */
const language: Read = (value, panel) =>
  oneOf('en', 'fa', 'ru', 'pt', 'zh', ...(panel.major >= 11 ? ['my'] : []))(value, panel);
const ignored: Read = () => undefined;

const FIELDS: Record<string, Read> = {
  uuid,
  name: text,
  usage_limit_GB: float,
  current_usage_GB: float,
  package_days: days,
  start_date: date,
  mode: oneOf('no_reset', 'monthly', 'weekly', 'daily'),
  enable: boolean,
  comment: text,
  telegram_id: integer,
  lang: language,
  last_online: stamp,
  added_by_uuid: uuid,
  // Taken and dropped by the real panel as well.
  id: ignored,
  is_active: ignored,
  last_reset_time: ignored,
  ed25519_private_key: ignored,
  ed25519_public_key: ignored,
  wg_pk: ignored,
  wg_psk: ignored,
  wg_pub: ignored,
};

/** @throws FrameworkError 400 for text that is not JSON. */
export function parseJson(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new FrameworkError(400);
  }
}

/**
 * Validates the body of POST and PATCH on users as the family's schema does.
 *
 * @throws Refusal 422 with `detail.json.<field>`; FrameworkError 400 for text that is not JSON.
 */
export function readUserWrite(panel: Reader, body: string, nameRequired: boolean): UserWrite {
  const { family } = panel;
  // From 14 on a body must be there.
  if (body === '' && family === 'C') throw new FrameworkError(400);
  const given = parseJson(body);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid({ _schema: ['Invalid input type.'] });
  const problems: Record<string, string[]> = {};
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    const reader = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
    if (!reader) {
      if (family === 'A') problems[field] = ['Unknown field.'];
      continue;
    }
    if (value === null) {
      if (field === 'enable' && family === 'A') problems[field] = ['Field may not be null.'];
      else if (field === 'name' && nameRequired)
        problems[field] = [family === 'A' ? 'Field may not be null.' : 'Input should be a valid string'];
      else read[field] = null;
      continue;
    }
    try {
      const kept = reader(value, panel);
      if (kept !== undefined) read[field] = kept;
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      problems[field] = [error.message];
    }
  }
  if (nameRequired && !Object.hasOwn(given, 'name'))
    problems['name'] = [family === 'A' ? 'Missing data for required field.' : 'Field required'];
  if (Object.keys(problems).length > 0) throw invalid(problems);
  return read as UserWrite;
}

export function invalid(problems: Record<string, string[]>): Refusal {
  return new Refusal(422, 'Validation error', { json: problems });
}
