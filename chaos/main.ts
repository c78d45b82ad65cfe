/** `npm run chaos`: see `--help`. */
import { runNaive } from './naive/run';
import { readOptions, USAGE, type Options } from './options';
import { isClean, renderOutcome } from './report';
import { runChaos, runDir } from './run';
import { runFiveFaults } from './fiveFaults/run';
import { renderSteps } from './steps/report';
import { runSteps } from './steps/run';
import { loadTools, type Progress } from './environment/tools';

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
  const { environment, report, clean } = await (options.fiveFaults
    ? runFiveFaults(runDir(), options.picture, progress)
    : options.steps
      ? steps(options, progress)
      : chaos(options, progress));
  console.log(`\n${report}\n`);
  // The plain shop is expected to fail, so its logs are not kept.
  const keepLogs = options.keep || (!clean && options.shop !== 'naive');
  await environment.stop({ keepLogs });
  if (keepLogs) progress.log(`The logs are kept in ${runDir()}.`);
  console.log(clean ? 'Nothing lost, nothing doubled, nothing stuck.' : 'NOT CLEAN.');
  return clean ? 0 : 1;
}

async function chaos(options: Options, progress: Progress) {
  const outcome = await (options.shop === 'naive' ? runNaive : runChaos)(options, runDir(), progress);
  return { environment: outcome.environment, report: renderOutcome(outcome), clean: isClean(outcome) };
}

async function steps(options: Options, progress: Progress) {
  const outcome = await runSteps(options, runDir(), progress);
  return { environment: outcome.environment, report: renderSteps(outcome), clean: outcome.clean };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
