import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { unknownNames } from './env-file.mjs';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

/**
 * Stand-in values for the addresses that set-up will provide, so that the owner's own settings can be checked before it
 * begins.
 */
const PROVIDED = { DATABASE_URL: 'postgres://localhost/gigabridge', REDIS_URL: 'redis://localhost:6379' };

/**
 * Has the shop's own parser read the settings, so that all mistakes are listed before anything is started.
 * @throws {Problem} with every mistake by name
 */
export function checkSettings() {
  const file = inRoot('dist', 'config', 'settings.js');
  if (!existsSync(file)) return;
  try {
    createRequire(import.meta.url)(file).readSettings({ ...PROVIDED, ...process.env });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'SettingsError') throw error;
    throw new Problem(
      /** @type {Error} */ (error).message,
      'correct them in the environment or in .env, and run the same command again. Without BOT_TOKEN `npm start` runs the demo.',
    );
  }
}

/**
 * What is allowed, and is probably a slip.
 * @returns {string[]} one sentence each
 */
export function settingsToLookAt() {
  const unknown = unknownNames();
  return [
    ...(unknown.length > 0 ? [`Nothing reads these names of .env: ${unknown.join(', ')}. Are they spelt right?`] : []),
    ...(process.env.ADMIN_IDS?.trim()
      ? []
      : ['ADMIN_IDS is empty: nobody is told of a payment that needs a person, and nobody may use /admin.']),
    ...(process.env.BOT_DATABASE_USER === 'shared'
      ? ["BOT_DATABASE_USER=shared: the bot uses the worker's user in PostgreSQL and could read the panels' keys."]
      : []),
  ];
}

/**
 * Starts the two processes of the shop, as production runs them.
 * @param {object} options
 * @param {import('./progress.mjs').Progress} options.progress
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {NodeJS.ProcessEnv} options.env
 * @param {number} options.botPort
 * @param {number} options.workerPort
 */
export async function startShop({ progress, supervisor, env, botPort, workerPort }) {
  // The bot faces the internet: it is given no key of YooKassa, and nothing else that only the worker reads.
  const { WORKER_SETTINGS } = createRequire(import.meta.url)(inRoot('dist', 'config', 'settings.js'));
  const ofTheBot = {
    ...Object.fromEntries(WORKER_SETTINGS.map((/** @type {string} */ name) => [name, undefined])),
    ...(env.BOT_DATABASE_URL ? { DATABASE_URL: env.BOT_DATABASE_URL } : {}),
  };
  const launch = (/** @type {'Bot' | 'Worker'} */ title, /** @type {number} */ port) =>
    progress.step(title, async (step) => {
      const name = title.toLowerCase();
      const entry = inRoot('dist', name, 'main.js');
      if (!existsSync(entry))
        throw new Problem(
          `dist/${name}/main.js does not exist after the build.`,
          `this checkout has no src/${name}/main.ts.`,
        );
      step.say(`starting, health on port ${port}`);
      await supervisor.start({
        name,
        stage: 3,
        command: process.execPath,
        args: ['--enable-source-maps', entry],
        cwd: inRoot(),
        env: { ...env, ...(name === 'bot' ? ofTheBot : {}), BOT_DATABASE_URL: undefined, HTTP_PORT: String(port) },
        readyTimeoutMs: 90_000,
        ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) })).ok,
      });
      step.say(`running, health on port ${port}`);
    });
  const results = await Promise.allSettled([launch('Worker', workerPort), launch('Bot', botPort)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/**
 * Brings a database to the schema of this checkout.
 * @param {string} databaseUrl
 */
export async function migrate(databaseUrl) {
  await createRequire(import.meta.url)(inRoot('dist', 'storage', 'postgres', 'migrate.js')).migrate(databaseUrl);
}
