/** The shop's own audit, run as an operator runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../environment/tools';

/** The tool's exit code (0: no differences, 1: differences, 2: it could not compare) and what it printed. */
export interface AuditRun {
  readonly code: number;
  readonly output: string;
}

/**
 * @param grace how long a step may take; 1s by default, because the run has already waited until nothing is in progress
 */
export async function runAuditTool(env: Readonly<Record<string, string>>, grace = '1s'): Promise<AuditRun> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/cli/audit.js'), '--grace', grace], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}

/** A service that has just been restarted may not answer yet. */
const TRIES = 5;
const BETWEEN_TRIES_MS = 3_000;

/**
 * The audit while orders are open and deliveries and refunds in progress: it must be able to compare then, too.
 */
export async function runAuditMidway(env: Readonly<Record<string, string>>): Promise<AuditRun> {
  for (let tries = 1; ; tries += 1) {
    const run = await runAuditTool(env, '10m');
    if (run.code !== 2 || tries === TRIES) return run;
    await pause(BETWEEN_TRIES_MS);
  }
}
