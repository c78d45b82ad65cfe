/** Runs of `npm run chaos`. Each test file of this folder makes one, so that jest lets them run side by side. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../../..');

/** Only ends what hangs. */
export const LIMIT_MS = 1_500_000;

/** Against the dev server, and with time limits that a test can wait for: chaos/README.md says which. */
export const QUICK = ['--temporal', 'dev', '--short-limits'];

/** The same buyers and faults for the shop and for the plain in-memory scheduler. */
export const SHORT = [...QUICK, '--purchases', '30', '--rate', '1', '--fault-every', '1', '--seed', 'ci'];

/** `npm run chaos -- ...` as a person runs it, with servers of its own. @returns its exit code and all it printed */
export async function chaos(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts/chaos.mjs'), ...options], {
    cwd: ROOT,
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** The number in a row of the table. */
export function figure(output: string, row: string): number {
  const value = output
    .split('\n')
    .find((line) => line.startsWith(`| ${row} |`))
    ?.split('|')[2];
  if (value === undefined) throw new Error(`no row "${row}" in: ${output.slice(-3_000)}`);
  return Number.parseInt(value, 10);
}
