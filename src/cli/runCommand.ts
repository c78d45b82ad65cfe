/**
 * Runs a command and sets the process's exit code: what `main` returns, or `failed` when it throws.
 * @param options.expected errors whose message is enough for the operator; others are printed with their stack
 */
export function runCommand(
  main: (words: readonly string[]) => Promise<number>,
  { expected, failed = 1 }: { expected: readonly (new (...args: never[]) => Error)[]; failed?: number },
): void {
  // `| head` closes the pipe when it has read enough; what the command does goes on.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  main(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      console.error(expected.some((type) => error instanceof type) ? (error as Error).message : error);
      process.exitCode = failed;
    },
  );
}
