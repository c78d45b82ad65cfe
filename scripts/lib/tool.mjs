import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadEnvFile, loadRuntimeFile } from './env-file.mjs';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * Runs a TypeScript file as this process would run itself: same terminal, same signals, same exit code.
 * @param {string} file relative to the checkout
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runTypeScript(file, args) {
  return runProgram(inRoot(file), ['--import', 'tsx'], args);
}

/**
 * The same for a program of the build, which starts in a third of the time.
 * @param {string} file relative to `dist`; `ensureBuild` has made it
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runBuilt(file, args) {
  return runProgram(inRoot('dist', file), [], args);
}

/** @param {string} full @param {readonly string[]} nodeArgs @param {readonly string[]} args @returns {Promise<number>} */
function runProgram(full, nodeArgs, args) {
  if (!existsSync(full)) throw new Problem(`${path.relative(inRoot(), full)} is not part of this checkout.`);
  loadEnvFile();
  loadRuntimeFile();
  const child = spawn(process.execPath, [...nodeArgs, full, ...args], { stdio: 'inherit', cwd: inRoot() });
  // Ctrl-C reaches it from the terminal by itself; a plain kill has to be passed on.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
