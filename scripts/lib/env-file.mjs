import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { inRoot, inState } from './paths.mjs';

/**
 * Addresses and credentials of the run in progress, for the tools (`npm run payment -- show ID`). Not there when
 * nothing runs.
 */
const RUNTIME = inState('runtime.env');

/**
 * Adds what an env file says to our environment; what is set already stays.
 * @param {string} file
 */
function load(file) {
  if (!existsSync(file)) return;
  for (const [name, value] of Object.entries(util.parseEnv(readFileSync(file, 'utf8')))) process.env[name] ??= value;
}

/** Loads `.env` of the checkout, if there is one. */
export const loadEnvFile = () => load(inRoot('.env'));

/** Loads the addresses of the run in progress, if there is one. */
export const loadRuntimeFile = () => load(RUNTIME);

/** @param {Record<string, string | undefined>} variables readable by this user only: it holds passwords */
export function writeRuntimeFile(variables) {
  mkdirSync(path.dirname(RUNTIME), { recursive: true });
  const lines = Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  writeFileSync(RUNTIME, `${lines.join('\n')}\n`, { mode: 0o600 });
}

export const removeRuntimeFile = () => rmSync(RUNTIME, { force: true });
