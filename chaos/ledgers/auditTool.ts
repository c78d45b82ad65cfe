/** The shop's own audit, run as an operator runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { ROOT } from '../environment/tools';

/** @returns its exit code (0: no differences) and what it printed */
export async function runAuditTool(env: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  // A step may take no time any more: everything has been waited for.
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'src/cli/audit.ts'), '--grace', '1s'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}
