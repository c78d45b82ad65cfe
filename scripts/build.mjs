/** `npm run build [-- --force]`: builds dist/ for production. */
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';

const progress = createProgress();
try {
  await ensureDependencies(progress);
  await ensureBuild(progress, { force: process.argv.includes('--force') });
  progress.log('dist/ is up to date.');
} catch (error) {
  console.error(`\nBuild failed: ${describe(error)}`);
  process.exit(1);
}
