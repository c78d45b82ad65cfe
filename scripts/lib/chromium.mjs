import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isExecutable, run, which } from './commands.mjs';
import { installSystemPackage } from './packages.mjs';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

const KNOWN_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Finds a Chromium that runs, or obtains one.
 * @param {import('./progress.mjs').Step} step
 * @returns {Promise<string>} its path
 */
export async function ensureChromium(step) {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Problem(
      `CHROMIUM_PATH is ${given}, but there is no program there.`,
      'correct it, or leave it unset to have one found or obtained.',
    );
  }
  const found = await find();
  if (found) return found;
  const { reason } = await installSystemPackage({ 'apt-get': 'chromium', dnf: 'chromium', apk: 'chromium' }, step);
  const installed = await find();
  if (installed) return installed;
  step.say('downloading Chromium for Playwright (about 120 MB, once)');
  const playwright = await run(
    process.execPath,
    [inRoot('node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium-headless-shell'],
    { timeoutMs: 600_000 },
  );
  const downloaded = await find();
  if (downloaded) return downloaded;
  throw new Problem(
    `No Chromium was found, it could not be installed (${reason}), and Playwright could not download one (${playwright.output.trim().split('\n').pop()}).`,
    'install Chromium or Chrome (`sudo apt-get install chromium`), or set CHROMIUM_PATH.',
  );
}

async function find() {
  const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) => which(name));
  for (const file of [...onPath, ...KNOWN_PLACES, ...playwrightsOwn()]) {
    // Ubuntu's `chromium-browser` may be a stub that only names the snap to install, so it is run to find out.
    if (file && isExecutable(file) && (await run(file, ['--version'], { timeoutMs: 15_000 })).code === 0) return file;
  }
  return undefined;
}

function playwrightsOwn() {
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    (process.platform === 'darwin'
      ? path.join(homedir(), 'Library', 'Caches', 'ms-playwright')
      : path.join(homedir(), '.cache', 'ms-playwright'));
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('chromium'))
    .flatMap((name) =>
      readdirSync(path.join(cache, name), { recursive: true }).map((file) => path.join(cache, name, String(file))),
    )
    .filter((file) => /\/(chrome|headless_shell|chrome-headless-shell|Chromium)$/.test(file));
}
