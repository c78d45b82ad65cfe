/**
 * Calls `stop` once at the first Ctrl-C, SIGTERM or closed terminal; a second Ctrl-C calls `force` and ends the
 * process.
 * @param {{ stop: (signal: NodeJS.Signals) => Promise<unknown>, force: () => void }} handlers
 */
export function onInterrupt({ stop, force }) {
  let interrupted = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const exitCode = signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129;
      if (interrupted) {
        force();
        process.exit(exitCode);
      }
      interrupted = true;
      stop(signal).then(
        () => process.exit(exitCode),
        () => {
          force();
          process.exit(exitCode);
        },
      );
    });
  }
}
