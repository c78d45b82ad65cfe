/**
 * `npm run chaos -- --purchases N --seed S`: builds the shop, then runs chaos/main.ts with none of the settings of this
 * shell or of .env, so that no real shop is reached by mistake.
 */
import { spawn } from 'node:child_process';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';

/** Where programs are found and kept, and how output looks; nothing of the shop. */
const KEPT =
  /^(PATH|HOME|USER|LANG|LC_\w+|TERM|CI|NO_COLOR|TMPDIR|XDG_\w+|GO\w+|GIGABRIDGE_\w+|TEMPORAL_(CLI|SERVER|SQL_TOOL)_PATH|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|SSL_CERT_\w+)$/;

const progress = createProgress({ stream: process.stderr });
try {
  await ensureDependencies(progress);
  await ensureBuild(progress);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));
  const child = spawn(
    process.execPath,
    ['-r', inRoot('test', 'support', 'typescript.cjs'), inRoot('chaos', 'main.ts'), ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      cwd: inRoot(),
      env,
    },
  );
  // Ctrl-C reaches it from the terminal by itself; a plain kill has to be passed on.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
}
