/**
 * One stand-in as a process of its own: `npm run simulator -- NAME --port N [--host H] [--any-option value]`.
 * Options beyond port and host are handed to the simulator as they are; each folder's README lists its own.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseSimulatorArguments, SIMULATOR_NAMES, USAGE } from './arguments';
import type { StartSimulator } from './arguments';

/** A mistake in the arguments: printed as one sentence, without a stack. */
function complain(problem: string): never {
  process.stderr.write(`${problem}\n\n${USAGE}\n`);
  process.exit(2);
}

async function main(): Promise<void> {
  const parsed = parseSimulatorArguments(process.argv.slice(2));
  if ('problem' in parsed) complain(parsed.problem);
  const { name, options } = parsed;
  if (!['ts', 'js'].some((ending) => existsSync(join(__dirname, name, `server.${ending}`)))) {
    complain(`The ${name} simulator is not part of this checkout. Present: ${SIMULATOR_NAMES.join(', ')}.`);
  }
  const { start } = (await import(`./${name}/server`)) as { start: StartSimulator };

  let running: Awaited<ReturnType<StartSimulator>>;
  try {
    running = await start(options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      complain(
        `Port ${options.port} on ${options.host} is taken. Choose another --port, or --port 0 for any free one.`,
      );
    }
    if (code === 'EACCES') complain(`Port ${options.port} may not be opened by this user. Choose one above 1023.`);
    complain(`The ${name} simulator did not start: ${(error as Error).message}`);
  }
  process.stdout.write(`${name} simulator listening on ${running.url}\n`);

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${name} simulator did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

void main();
