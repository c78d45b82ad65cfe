import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from './lock.mjs';
import { stateDir } from './paths.mjs';
import { removePostgresData } from './postgres-data.mjs';

/**
 * A folder for the data of one run, named after its process, so that what a killed run left behind is known and removed
 * here. (Its processes were stopped by their guard.)
 * @param {'test' | 'bench'} kind
 * @returns {{ dir: string, remove(): void }}
 */
export function openRunFolder(kind) {
  mkdirSync(stateDir, { recursive: true });
  for (const name of readdirSync(stateDir)) {
    const pid = Number(new RegExp(`^${kind}-(\\d+)$`).exec(name)?.[1]);
    if (pid && !isAlive(pid)) remove(path.join(stateDir, name));
  }
  const dir = path.join(stateDir, `${kind}-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  return { dir, remove: () => remove(dir) };
}

/** @param {string} dir */
function remove(dir) {
  removePostgresData(path.join(dir, 'postgres'));
  rmSync(dir, { recursive: true, force: true });
}
