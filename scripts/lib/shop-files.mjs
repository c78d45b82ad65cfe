/**
 * The files of a copy beside the database's tables: the shop's settings (`.env`), its catalogue file, and what it sells
 * as such a file; of the demo what its stand-ins know. They hold keys, so they are readable by their owner only, in the
 * copy and where they are put back.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { STAND_INS } from './demo.mjs';
import { readEnv } from './env-file.mjs';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

const SETTINGS = 'settings.env';
const CATALOGUE = 'catalog.json';
/** The catalogue of the database, however it came there. */
const SOLD = 'catalog.exported.json';

/** Further files that settings name. They are of the machine's set-up, so the copy does not have them. */
const CERTIFICATES = [
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
];

/** In a copy of the demo the names of its stand-ins' files begin with this. */
const STAND_IN = 'demo-';

/** @typedef {{ name: string, sha256: string }} CopiedFile */

/** @param {string} name @returns {string | undefined} the file that a setting names, as the worker finds it */
function fileOfSetting(name) {
  const value = process.env[name]?.trim();
  return value ? path.resolve(inRoot(), value) : undefined;
}

/** @param {unknown} error */
const reason = (error) => /** @type {NodeJS.ErrnoException} */ (error).code ?? String(error);

/** @param {string} file @returns {Promise<string>} */
async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), async (chunks) => {
    for await (const chunk of chunks) hash.update(chunk);
  });
  return hash.digest('hex');
}

/** @param {string} folder @throws {Problem} when this user may not make it */
export function makePrivateFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Problem(`${folder} cannot be made (${reason(error)}).`, 'name a folder in which this user may write.');
  }
}

/**
 * Copies settings and catalogue file, as far as there are any, and writes what the shop sells.
 * @param {string} folder of the copy
 * @param {string} sold the catalogue of the database, as a file
 * @param {string | undefined} demo the data folder of the demo, when this is one
 * @returns {Promise<{ files: CopiedFile[], notes: string[] }>} `notes`: what the copy does not have, a sentence each
 * @throws {Problem} when one of them cannot be read
 */
export async function copyFiles(folder, sold, demo) {
  const catalogue = fileOfSetting('CATALOG_FILE');
  /** @type {CopiedFile[]} */
  const files = [];
  const exported = path.join(folder, SOLD);
  writeFileSync(exported, sold, { mode: 0o600 });
  files.push({ name: SOLD, sha256: await sha256Of(exported) });
  for (const [from, name] of [
    [inRoot('.env'), SETTINGS],
    [catalogue, CATALOGUE],
    ...(demo === undefined ? [] : STAND_INS.map((file) => [path.join(demo, file), `${STAND_IN}${file}`])),
  ]) {
    if (!from || !name || !existsSync(from)) continue;
    const to = path.join(folder, name);
    try {
      writeFileSync(to, readFileSync(from), { mode: 0o600 });
    } catch (error) {
      throw new Problem(
        `${from} could not be copied (${reason(error)}).`,
        'let this user read it, and run the same command again.',
      );
    }
    files.push({ name, sha256: await sha256Of(to) });
  }
  return { files, notes: whatIsMissing(files, catalogue) };
}

/** @param {CopiedFile[]} files @param {string | undefined} catalogue @returns {string[]} */
function whatIsMissing(files, catalogue) {
  const has = (/** @type {string} */ wanted) => files.some(({ name }) => name === wanted);
  const sold = `so the copy has no ${CATALOGUE}. What the shop sells is in its ${SOLD}.`;
  const notes = [];
  if (!has(SETTINGS))
    notes.push(
      `There is no .env in ${inRoot()}, so the copy has no ${SETTINGS}. Keep settings from elsewhere with it.`,
    );
  if (!has(CATALOGUE))
    notes.push(catalogue ? `${catalogue} (CATALOG_FILE) does not exist, ${sold}` : `CATALOG_FILE is not set, ${sold}`);
  for (const name of CERTIFICATES) {
    const file = fileOfSetting(name);
    if (file) notes.push(`${file} (${name}) is not in the copy. Keep it with the copy.`);
  }
  return notes;
}

/**
 * What the stand-ins of a demo knew, in place of what those here know: the rest of the demo is replaced, too.
 * @param {string} folder of the copy
 * @param {string} demo the data folder of the demo
 */
export function putBackStandIns(folder, demo) {
  mkdirSync(demo, { recursive: true });
  for (const file of STAND_INS) {
    const from = path.join(folder, `${STAND_IN}${file}`);
    if (existsSync(from)) writeFileSync(path.join(demo, file), readFileSync(from), { mode: 0o600 });
  }
}

/**
 * @param {string} file of a copy
 * @param {string} sha256 what the manifest says
 * @throws {Problem} when it is not the one that was copied
 */
export async function checkFile(file, sha256) {
  const found = await sha256Of(file).catch((error) => {
    throw new Problem(`${file} cannot be read (${reason(error)}).`, 'use another copy; nothing was restored.');
  });
  if (found !== sha256)
    throw new Problem(`${file} was changed or is damaged.`, 'use another copy; nothing was restored.');
}

/**
 * @param {string} folder of the copy
 * @returns {Record<string, string> | undefined} undefined when the copy has none
 * @throws {Problem} see `readEnv`
 */
export function settingsOfCopy(folder) {
  const file = path.join(folder, SETTINGS);
  return existsSync(file) ? readEnv(readFileSync(file, 'utf8'), file).values : undefined;
}

/**
 * Puts the copy's settings and catalogue where the shop reads them and nothing is there. A file that is there stays.
 * @param {string} folder of the copy
 * @returns {{ notes: string[], failed: boolean }} `notes`: what was done with each, and what is left to do; `failed`:
 * one could not be written
 */
export function putBackFiles(folder) {
  const settings = putBack(path.join(folder, SETTINGS), inRoot('.env'), {
    put: '`npm start` here now runs the shop of the copy: never beside another one with the same settings.',
    left: '`npm start` uses the one that is there.',
  });
  const target = fileOfSetting('CATALOG_FILE');
  const copied = path.join(folder, CATALOGUE);
  if (target) {
    const exported = path.join(folder, SOLD);
    const catalogue = putBack(existsSync(copied) ? copied : exported, target, {
      put: 'The worker applies it at every start.',
      left: 'The worker applies the one that is there at its next start.',
    });
    return { notes: [...settings.notes, ...catalogue.notes], failed: settings.failed || catalogue.failed };
  }
  if (existsSync(copied))
    settings.notes.push(
      `${copied} was not put anywhere: CATALOG_FILE is not set here. The restored database sells what it sold.`,
    );
  return settings;
}

/**
 * @param {string} from
 * @param {string} to
 * @param {{ put: string, left: string }} meaning what follows when the file was put back, and when another one was left
 * @returns {{ notes: string[], failed: boolean }}
 */
function putBack(from, to, meaning) {
  if (!existsSync(from)) return { notes: [], failed: false };
  const byHand = `  What to do: compare them; if the copy's one is right: cp ${from} ${to}`;
  try {
    if (existsSync(to)) {
      if (readFileSync(to).equals(readFileSync(from))) return { notes: [], failed: false };
      const left = `${to} was left as it is: it differs from the copy's ${from}. ${meaning.left}`;
      return { notes: [`${left}\n${byHand}`], failed: false };
    }
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(from), { mode: 0o600, flag: 'wx' });
    return { notes: [`${to} was put back. ${meaning.put}`], failed: false };
  } catch (error) {
    const what = `${from} could not be put back as ${to} (${reason(error)}).`;
    return { notes: [`${what}\n  What to do: copy it there as a user who may write there.`], failed: true };
  }
}
