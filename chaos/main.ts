/** `npm run chaos`: see `--help`. */
import { readOptions, USAGE, type Options } from './options';
import { isClean, renderOutcome } from './report';
import { runChaos, runDir } from './run';
import { loadTools } from './world/tools';

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const { createProgress } = await loadTools();
  const progress = createProgress({ stream: process.stderr });
  const outcome = await runChaos(options, runDir(), progress);
  console.log(`\n${renderOutcome(outcome)}\n`);
  const clean = isClean(outcome);
  if (clean && !options.keep) await outcome.world.stop();
  else {
    await outcome.world.supervisor.stopAll();
    progress.log(`The logs are kept in ${runDir()}.`);
  }
  console.log(clean ? 'Nothing lost, nothing doubled, nothing stuck.' : 'NOT CLEAN.');
  return clean ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
