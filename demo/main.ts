/** The demo page as a process: `node --import tsx demo/main.ts`, usually started by `npm start`. */
import { startDemo } from './app';
import { DemoConfigError, readDemoConfig } from './config';
import { connectSupervisor } from './supervisor';

async function main(): Promise<void> {
  const demo = await startDemo(readDemoConfig(process.env), connectSupervisor(process));
  process.stdout.write(`demo page on ${demo.url}\n`);
  const stop = (): void => {
    void demo.close().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  if (error instanceof DemoConfigError) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      taken
        ? 'The demo page was not started: DEMO_PORT is taken. Choose another one, or 0 for any free one.\n'
        : `The demo page was not started: ${String(error)}\n`,
    );
  process.exit(1);
});
