import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { Problem } from './problem.mjs';

/** Set-up commands still running; an exit of ours must not leave them behind. */
const active = new Set();
process.on('exit', () => {
  for (const child of active) child.kill('SIGKILL');
});

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Finds a program as a shell would.
 * @param {...string} names tried in order
 * @returns {string | undefined} absolute path
 */
export function which(...names) {
  for (const name of names) {
    for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(dir, name);
      if (path.isAbsolute(file) && isExecutable(file)) return file;
    }
  }
  return undefined;
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to ours
 * @property {number} [timeoutMs] the command is killed after it
 * @property {(line: string) => void} [onLine] gets every line of both outputs
 * @property {number} [uid]
 * @property {number} [gid]
 *
 * @typedef {{ code: number | null, output: string, timedOut: boolean }} RunResult `code` is null when it could not
 * start or was killed
 */

/**
 * Runs a command to its end, without stdin. Never throws: a missing program is `code: null`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { cwd, env, timeoutMs, onLine, uid, gid } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      uid,
      gid,
    });
    active.add(child);
    let output = '';
    let timedOut = false;
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, timeoutMs);
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      if (output.length > 200_000) output = output.slice(-100_000);
      if (onLine) for (const line of String(chunk).split('\n')) if (line.trim()) onLine(line.trim());
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (/** @type {number | null} */ code) => {
      clearTimeout(timer);
      active.delete(child);
      resolve({ code, output, timedOut });
    };
    child.on('error', (error) => {
      output += error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/**
 * Runs a command that has to succeed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions & { next?: string }} [options] `next`: advice when it fails
 * @returns {Promise<string>} its output
 * @throws {Problem} with what it said
 */
export async function mustRun(command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.code === 0) return result.output;
  const lines = result.output.trim().split('\n');
  // The first lines usually name the mistake, the last ones where it ended.
  const tail = (lines.length > 16 ? [...lines.slice(0, 8), '...', ...lines.slice(-8)] : lines).join('\n    ');
  const why = result.timedOut
    ? `took longer than ${Math.round((options.timeoutMs ?? 0) / 1000)} s`
    : result.code === null
      ? 'could not run'
      : `ended with code ${result.code}`;
  throw new Problem(`\`${[path.basename(command), ...args].join(' ')}\` ${why}:\n    ${tail}`, options.next);
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {() => unknown} check true when it is there; may throw meanwhile
 * @param {{ timeoutMs: number, everyMs?: number }} options
 * @returns {Promise<boolean>} false when the time is up
 */
export async function eventually(check, { timeoutMs, everyMs = 50 }) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      if (await check()) return true;
    } catch {
      // Not there yet.
    }
    if (Date.now() > end) return false;
    await sleep(everyMs);
  }
}
