/**
 * `node scripts/run.mjs FILE.ts [arguments]`: runs one of our tools. Installs the packages first if they are missing,
 * and gives it the settings of .env and the addresses of the demo or shop that runs in this checkout, if one does.
 */
import { ensureDependencies } from './lib/dependencies.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { runTypeScript } from './lib/tool.mjs';

const [, , file, ...args] = process.argv;
if (!file) {
  console.error('Usage: node scripts/run.mjs FILE.ts [arguments]');
  process.exit(2);
}
try {
  await ensureDependencies(createProgress({ stream: process.stderr, quiet: true }));
  process.exitCode = await runTypeScript(file, args);
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
}
