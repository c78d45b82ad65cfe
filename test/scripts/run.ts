import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '..', '..');

export interface Result {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a node script of this checkout to its end. The scripts are ES modules for a bare Node, so they run in one. */
export async function runNode(
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Result> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output() };
}

/**
 * Runs an ES module given as text, with the scripts' folder to import from: `import { x } from './lib/x.mjs'`.
 * @param options.root of the checkout whose scripts are meant, when it is not this one
 */
export function runModule(
  code: string,
  options: { root?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Result> {
  return runNode(moduleArguments(code, options.root), options);
}

/** The same, left running. */
export function spawnModule(code: string): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, moduleArguments(code), { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, output: collect(child) };
}

function moduleArguments(code: string, root = ROOT): string[] {
  const absolute = code.replaceAll("'./lib/", `'${path.join(root, 'scripts', 'lib')}/`);
  return ['--input-type=module', '--eval', absolute];
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
