import { SettingsError } from '../config/settings';

const NOT_RUNNING = [
  'The shop is not running in this folder: `npm start` starts it, and this command then finds it.',
  'For a shop that runs elsewhere set DATABASE_URL, and the other settings of .env.example, in .env or in the environment.',
].join('\n');

/** `npm start` gives the commands its addresses; without it, and without any settings, the first one is missing. */
function isNotRunning(error: unknown): boolean {
  return (
    error instanceof SettingsError &&
    error.problems.some(({ name, problem }) => name === 'DATABASE_URL' && problem === 'is missing')
  );
}

/**
 * Runs a command and sets the process's exit code: what `main` returns, or `failed` when it throws.
 * @param options.expected errors whose message is enough for the operator; others are printed with their stack
 */
export function runCommand(
  main: (words: readonly string[]) => Promise<number>,
  { expected, failed = 1 }: { expected: readonly (new (...args: never[]) => Error)[]; failed?: number },
): void {
  // `| head` closes the pipe when it has read enough. The command must finish its work all the same.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      if (isNotRunning(error)) console.error(NOT_RUNNING);
      else console.error(expected.some((type) => error instanceof type) ? (error as Error).message : error);
      process.exitCode = failed;
    },
  );
}
