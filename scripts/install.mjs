/** `node scripts/install.mjs`: installs the npm packages as the other commands do by themselves. */
import { ensureDependencies } from './lib/dependencies.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';

try {
  await ensureDependencies(createProgress());
  console.log('The npm packages are installed.');
} catch (error) {
  console.error(describe(error));
  process.exit(1);
}
