/** Child processes of a bench: started, waited for, measured, and never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '../..');

export interface Running {
  readonly pid: number;
  /** Everything it has printed. */
  output(): string;
  /** Asks it to end, and after 20 s ends it. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Tells from the output so far whether the process is ready. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  /** Pins it to one core, where `taskset` exists. */
  readonly core?: number;
}

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const READY_MS = 90_000;
const LONGEST_WAIT_MS = 20_000;

/** Starts a Node process with a clean environment. @throws Error with its last words when it does not get ready */
export async function startProcess({ name, args, env = {}, ready, core }: ProcessOptions): Promise<Running> {
  const command = [...(core === undefined ? [] : ['taskset', '-c', String(core)]), process.execPath, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  living.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-200_000)));
  const exited = once(child, 'exit').finally(() => living.delete(child));
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (gone()) return;
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), LONGEST_WAIT_MS);
    await exited;
    clearTimeout(force);
  };
  const until = performance.now() + READY_MS;
  for (;;) {
    if (gone() || performance.now() > until) {
      await end('SIGKILL');
      throw new Error(`${name} did not get ready; it printed: ${output.slice(-3_000)}`);
    }
    try {
      if (await ready(output)) break;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { pid: child.pid!, output: () => output, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds used so far by a process, its descendants, and those of them that have ended.
 * @returns NaN where there is no /proc (macOS)
 */
export function cpuSeconds(pid: number): number {
  try {
    const children = new Map<number, number[]>();
    const ticks = new Map<number, number>();
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const stat = readStat(Number(name));
      if (!stat) continue;
      ticks.set(Number(name), stat.ticks);
      children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(name)]);
    }
    const sum = (of: number): number =>
      (ticks.get(of) ?? 0) + (children.get(of) ?? []).reduce((total, child) => total + sum(child), 0);
    return sum(pid) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

function readStat(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; what follows are numbers: state, ppid, ..., utime, stime, cutime, cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: [11, 12, 13, 14].reduce((total, at) => total + Number(fields[at]), 0) };
  } catch {
    return undefined;
  }
}

/** Processor cores, Node version, time and load of the machine, for the head of a table. */
export function machine(): string {
  return `${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 16)}Z, load at the start ${loadavg()[0]!.toFixed(1)}`;
}
