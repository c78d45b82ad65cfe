/**
 * Runs a bench to its end: the process ends with its exit code, or prints what went wrong and ends with 1. Nothing left
 * open keeps it alive.
 */
export function runBench(main: () => Promise<void>): void {
  main().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
