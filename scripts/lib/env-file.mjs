import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { liveHolder } from './lock.mjs';
import { inRoot, inState } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * Addresses and credentials of the run in progress, for the tools (`npm run payment -- show ID`). Not there when
 * nothing runs.
 */
const RUNTIME = inState('runtime.env');

/** Held by `npm start` for as long as it runs. */
export const START_LOCK = inState('start.lock');

const NAME = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/;

/**
 * What an env file says.
 *
 * Node's own parser reports no mistakes: a line without `=` swallows the next one, a byte order mark becomes a part of
 * the first name, a value ends at a #, and of two lines for one name the last one counts. Docker Compose reads the same
 * file and treats some of these differently.
 * @param {string} text
 * @param {string} file its name, for the message
 * @returns {{ values: Record<string, string>, lines: Map<string, number> }} and the line of each name
 * @throws {Problem} with every mistake by its line; values are not repeated, they may be secrets
 */
export function readEnv(text, file) {
  const plain = text.replace(/^\uFEFF/, '');
  if (plain.includes('\0')) throw new Problem(`${file} is not written in UTF-8.`, 'save it as UTF-8.');
  /** @type {string[]} */
  const mistakes = [];
  /** @type {Map<string, number>} */
  const lines = new Map();
  /** @type {string | undefined} the quote of a value that goes on over several lines, and where it began */
  let quote;
  let since = 0;
  for (const [index, line] of plain.split(/\r\n|\n|\r/).entries()) {
    const number = index + 1;
    if (quote !== undefined) {
      if (line.includes(quote)) quote = undefined;
      continue;
    }
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name = '', value = ''] = NAME.exec(line) ?? [];
    if (name === '') {
      mistakes.push(`line ${number}: it must be NAME=value, or begin with #`);
      continue;
    }
    const before = lines.get(name);
    if (before !== undefined) mistakes.push(`line ${number}: ${name} is set in line ${before} already`);
    lines.set(name, number);
    const opening = /^['"`]/.exec(value)?.[0];
    if (opening !== undefined && !value.slice(1).includes(opening)) [quote, since] = [opening, number];
    if (opening === undefined && /\S#/.test(value))
      mistakes.push(
        `line ${number}: what follows the # in the value of ${name} is lost: put the value into single quotes`,
      );
  }
  if (quote !== undefined) mistakes.push(`line ${since}: the value begins with ${quote} and never ends`);
  if (mistakes.length > 0)
    throw new Problem(
      [`${file} has mistakes; nothing was read from it:`, ...mistakes.map((mistake) => `  ${mistake}`)].join('\n'),
      'correct them and run the same command again.',
    );
  return { values: /** @type {Record<string, string>} */ (util.parseEnv(plain)), lines };
}

/**
 * Adds what an env file says to our environment; what is set already stays.
 * @param {string} file
 * @throws {Problem} see `readEnv`
 */
function load(file) {
  if (!existsSync(file)) return;
  const { values } = readEnv(readFileSync(file, 'utf8'), path.basename(file));
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
}

/** Loads `.env` of the checkout, if there is one. */
export const loadEnvFile = () => load(inRoot('.env'));

/** Names that many other programs read: such a name in `.env` is not reported as a mistake. */
const OTHERS = /^(NODE_|COMPOSE_|DOCKER_|npm_|TZ$|LANG$|LC_)|_PROXY$/i;

/**
 * Names in `.env` that nothing of the shop reads: neither the processes nor docker-compose.yml. `.env.example` lists
 * all that something reads.
 * @returns {string[]} `SETTING (line 7)`
 */
export function unknownNames() {
  const [file, example] = [inRoot('.env'), inRoot('.env.example')];
  if (!existsSync(file) || !existsSync(example)) return [];
  const known = new Set(
    [...readFileSync(example, 'utf8').matchAll(/^#?([A-Z_]+)=/gm)].map((match) => /** @type {string} */ (match[1])),
  );
  return [...readEnv(readFileSync(file, 'utf8'), '.env').lines]
    .filter(([name]) => !known.has(name) && !OTHERS.test(name))
    .map(([name, line]) => `${name} (line ${line})`);
}

/**
 * Loads the addresses of the run in progress, if there is one. After a kill -9 its file is still there: nothing listens
 * at these addresses any more, or something else does.
 */
export function loadRuntimeFile() {
  if (liveHolder(START_LOCK)) load(RUNTIME);
}

/** @param {Record<string, string | undefined>} variables readable by this user only: it holds passwords */
export function writeRuntimeFile(variables) {
  mkdirSync(path.dirname(RUNTIME), { recursive: true });
  const lines = Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  writeFileSync(RUNTIME, `${lines.join('\n')}\n`, { mode: 0o600 });
}

export const removeRuntimeFile = () => rmSync(RUNTIME, { force: true });
