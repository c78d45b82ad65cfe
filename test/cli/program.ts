/** Commands as an operator runs them: a process of its own, which sees the given environment and nothing else. */
import { execFile, type ExecFileException } from 'node:child_process';
import path from 'node:path';
import { TYPESCRIPT } from '../support/children';

export interface ProgramResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both, one after the other. */
  readonly said: string;
}

/**
 * Runs a command to its end; its input is empty.
 * @param file from the project's root; TypeScript is transpiled
 */
export function runProgram(
  file: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProgramResult> {
  const cwd = path.resolve(__dirname, '../..');
  const args = [...(file.endsWith('.ts') ? TYPESCRIPT : []), file, ...words];
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd, env: { PATH: process.env['PATH'], ...env } },
      (error, out, err) => resolve({ code: codeOf(error), out, err, said: out + err }),
    );
    child.stdin?.end();
  });
}

/** The exit code; 1 for a program that was ended from outside. */
function codeOf(error: ExecFileException | null): number {
  if (error === null) return 0;
  return typeof error.code === 'number' ? error.code : 1;
}
