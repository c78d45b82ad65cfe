/**
 * `npm run bench -- year [--users 1000] [--days 365] [--seed 2027] [--kills 24]`: the simulated year, whole. See
 * test/year/README.md.
 */
import { runYear } from '../../test/year/run';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { testEnvironment } from '../../test/support/environment';
import { numberOption, table } from '../lib/numbers';
import { machine } from '../lib/processes';
import { runBench } from '../lib/run';

async function main(): Promise<void> {
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
  const options = {
    seed: numberOption('seed', 2_027),
    users: numberOption('users', 1_000),
    days: numberOption('days', 365),
    outageDays: numberOption('outage-days', 7),
    kills: numberOption('kills', 24),
  };
  console.log(machine());
  const report = await runYear(options, (line) => console.error(line));
  const { runs, drift, differences, failedRuns, ...rest } = report;
  console.log(
    table(
      ['', ''],
      Object.entries({
        ...options,
        ...rest,
        ...Object.fromEntries(Object.entries(runs).map(([id, n]) => [`runs of ${id}`, n])),
        ...Object.fromEntries(Object.entries(drift).map(([kind, n]) => [`drift: ${kind}`, n])),
        'runs that failed (the next one did their work)': failedRuns.length,
        'differences from the model': differences.length,
      }),
    ),
  );
  for (const line of [...failedRuns, ...differences]) console.log(line);
  if (differences.length > 0) process.exitCode = 1;
}

runBench(main);
