/**
 * `npm run bench -- NAME [arguments]`: runs bench/NAME.ts or bench/NAME/main.ts. Without a name it lists them. A bench
 * that needs services names them in bench/NAME/needs.json; they are started for this run only and stopped after it.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { NEEDS, createBenchServices } from './lib/bench-services.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { Problem, describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { runTypeScript } from './lib/tool.mjs';

const [, , name, ...args] = process.argv;
const file = [`bench/${name}.ts`, `bench/${name}/main.ts`].find(
  (candidate) => name && /^[\w-]+$/.test(name) && existsSync(inRoot(candidate)),
);
if (!file) {
  const names = readdirSync(inRoot('bench'), { withFileTypes: true })
    .filter((entry) =>
      entry.isDirectory() ? existsSync(inRoot('bench', entry.name, 'main.ts')) : entry.name.endsWith('.ts'),
    )
    .map((entry) => entry.name.replace(/\.ts$/, ''));
  console.error(
    `${name ? `There is no bench called "${name}".` : 'Usage: npm run bench -- NAME [arguments]'}\nThere are: ${names.join(', ') || '(none yet)'}`,
  );
  process.exit(2);
}

/** @returns {ReadonlySet<string>} */
function needs() {
  const needsFile = inRoot('bench', /** @type {string} */ (name), 'needs.json');
  if (!existsSync(needsFile)) return new Set();
  const wanted = JSON.parse(readFileSync(needsFile, 'utf8'));
  const unknown = wanted.find((/** @type {string} */ need) => !NEEDS.includes(/** @type {any} */ (need)));
  if (unknown)
    throw new Problem(
      `bench/${name}/needs.json asks for "${unknown}", which there is no way to get.`,
      `it may ask for ${NEEDS.join(', ')}.`,
    );
  return new Set(wanted);
}

// Standard output is the bench's own: a table that can be pasted.
const progress = createProgress({ stream: process.stderr });
/** @type {ReturnType<typeof createBenchServices> | undefined} */
let services;
try {
  await ensureDependencies(createProgress({ stream: process.stderr, quiet: true }));
  const wanted = needs();
  if (wanted.size > 0) {
    services = createBenchServices(progress);
    process.on('exit', services.killAll);
    Object.assign(process.env, await services.start(wanted));
  }
  // The bench gets Ctrl-C and kill as we do, and ends; the services end after it.
  process.exitCode = await runTypeScript(file, args);
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
} finally {
  await services?.stop();
}
