import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './commands.mjs';
import { inRoot } from './paths.mjs';
import { PREFERRED, freePort } from './ports.mjs';
import { Problem } from './problem.mjs';

/** Credentials that only the stand-ins accept. */
const BOT_TOKEN = '100000001:DEMO-only-the-stand-in-accepts-this';
const SHOP = { id: '100500', key: 'test_demo_only_the_stand_in' };

/** Two panels of different major versions, because real shops often have both. */
const PANELS = [
  { name: 'hiddify', version: '14.0.5', port: PREFERRED.hiddify },
  { name: 'hiddify-2', version: '10.80.11', port: PREFERRED.hiddify2 },
];

/** What the stand-ins keep in the demo's data folder. */
export const STAND_INS = [
  ...['panels.json', 'telegram.json', 'yookassa.json'],
  ...PANELS.map(({ name }) => `${name}.json`),
];

/**
 * Settings that only a real shop has. If one of them is set, BOT_TOKEN is missing by mistake, and the demo must not
 * start.
 */
const REAL_SHOP = [
  'YOOKASSA_SHOP_ID',
  'YOOKASSA_SECRET_KEY',
  'YOOKASSA_RECEIPT_EMAIL',
  'TELEGRAM_WEBHOOK_SECRET',
  'CATALOG_FILE',
];

/**
 * The demo writes a demo catalogue into its database. It must never write into a real shop's database because BOT_TOKEN
 * is missing in .env.
 * @throws {Problem}
 */
export function refuseRealSettings() {
  const found = REAL_SHOP.filter((name) => process.env[name]);
  if (found.length === 0) return;
  throw new Problem(
    `${found.join(', ')} ${found.length > 1 ? 'are' : 'is'} set, but BOT_TOKEN is not: this looks like a real shop, and without BOT_TOKEN the demo would start.`,
    'set BOT_TOKEN to run the shop, or unset the others to see the demo.',
  );
}

/**
 * @typedef {object} Demo
 * @property {NodeJS.ProcessEnv} env for bot and worker
 * @property {string} telegramUrl
 * @property {string} yookassaUrl
 * @property {string[]} hiddifyUrls
 */

/**
 * Starts the three stand-ins and writes the catalogue that names their panels.
 * @param {object} options
 * @param {import('./progress.mjs').Progress} options.progress
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.dataDir
 * @param {number} options.botPort where YooKassa's stand-in sends its webhooks
 * @returns {Promise<Demo>}
 */
export function startStandIns({ progress, supervisor, dataDir, botPort }) {
  return progress.step('Stand-ins', async (step) => {
    step.say('starting Telegram, YooKassa and two Hiddify panels');
    mkdirSync(dataDir, { recursive: true });
    const secrets = panelSecrets(path.join(dataDir, 'panels.json'));
    const state = (/** @type {string} */ name) => path.join(dataDir, `${name}.json`);
    const [telegramPort, yookassaPort] = [await freePort(PREFERRED.telegram), await freePort(PREFERRED.yookassa)];
    const panels = [];
    for (const [index, panel] of PANELS.entries())
      panels.push({ ...panel, ...secrets[index], port: await freePort(panel.port) });

    const results = await Promise.allSettled([
      startStandIn(supervisor, 'telegram', 'telegram', telegramPort, { token: BOT_TOKEN, state: state('telegram') }),
      startStandIn(supervisor, 'yookassa', 'yookassa', yookassaPort, {
        state: state('yookassa'),
        'shop-id': SHOP.id,
        'secret-key': SHOP.key,
        'webhook-url': `http://127.0.0.1:${botPort}/webhooks/yookassa`,
      }),
      ...panels.map(({ name, port, version, adminPath, clientPath, adminKey }) =>
        startStandIn(supervisor, name, 'hiddify', port, {
          state: state(name),
          version,
          'admin-path': adminPath,
          'client-path': clientPath,
          'admin-key': adminKey,
        }),
      ),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    step.say('Telegram, YooKassa and two Hiddify panels are running');

    const url = (/** @type {number} */ port) => `http://localhost:${port}`;
    // In buttons of the chat; Telegram takes no host without a dot there.
    const publicUrl = `http://127.0.0.1:${botPort}`;
    const catalogFile = writeCatalogue(
      path.join(dataDir, 'catalog.json'),
      panels.map((panel) => ({
        adminUrl: `${url(panel.port)}/${panel.adminPath}/`,
        apiKey: panel.adminKey,
        clientUrl: `${url(panel.port)}/${panel.clientPath}/`,
      })),
    );
    return {
      telegramUrl: url(telegramPort),
      yookassaUrl: url(yookassaPort),
      hiddifyUrls: panels.map(({ port }) => url(port)),
      env: {
        BOT_TOKEN,
        BOT_MODE: 'polling',
        TELEGRAM_API_ROOT: `http://127.0.0.1:${telegramPort}`,
        // The demo page's visitor may see the admin screens too.
        ADMIN_IDS: process.env.ADMIN_IDS || '100001',
        PUBLIC_URL: publicUrl,
        YOOKASSA_SHOP_ID: SHOP.id,
        YOOKASSA_SECRET_KEY: SHOP.key,
        YOOKASSA_API_URL: `http://127.0.0.1:${yookassaPort}/v3`,
        YOOKASSA_WEBHOOK_IPS: '127.0.0.1/32,::1/128',
        HTTP_HOST: '127.0.0.1',
        CATALOG_FILE: catalogFile,
      },
    };
  });
}

/**
 * Makes the promo code that the page names; one that is there from an earlier start stays as it is.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
export async function makePromoCode(env) {
  const words = ['create', 'DEMO-20', '--percent', '20', '--per-person', '100', '--renewals', '--note', 'for the demo'];
  await run(process.execPath, [inRoot('dist', 'cli', 'promo.js'), ...words], { cwd: inRoot(), env, timeoutMs: 20_000 });
}

/**
 * @param {import('./supervisor.mjs').Supervisor} supervisor
 * @param {string} name
 * @param {string} kind
 * @param {number} port
 * @param {Record<string, string>} options
 */
function startStandIn(supervisor, name, kind, port, options) {
  return supervisor.start({
    name,
    stage: 2,
    command: process.execPath,
    args: [
      ...['--import', 'tsx', inRoot('simulators', 'main.ts'), kind, '--port', String(port), '--host', '127.0.0.1'],
      ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]),
    ],
    cwd: inRoot(),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/_sim/health`, { signal: AbortSignal.timeout(2000) })).ok,
  });
}

/**
 * The same at every start, or the panels' state and the shop's catalogue would no longer fit together.
 * @param {string} file
 */
function panelSecrets(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const word = () => randomBytes(9).toString('base64url').replace(/[-_]/g, 'x');
  const secrets = PANELS.map(() => ({ adminPath: word(), clientPath: word(), adminKey: crypto.randomUUID() }));
  writeFileSync(file, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
  return secrets;
}

/**
 * @param {string} file
 * @param {{ adminUrl: string, apiKey: string, clientUrl: string }[]} panels
 * @returns {string} the file
 */
function writeCatalogue(file, panels) {
  const template = inRoot('demo', 'catalog.template.json');
  if (!existsSync(template))
    throw new Problem(
      'demo/catalog.template.json does not exist.',
      'restore it with `git checkout demo/catalog.template.json`.',
    );
  let text = readFileSync(template, 'utf8');
  for (const [index, { adminUrl, apiKey, clientUrl }] of panels.entries()) {
    const values = { ADMIN_URL: adminUrl, API_KEY: apiKey, CLIENT_URL: clientUrl };
    for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{{PANEL_${index + 1}_${name}}}`, value);
  }
  const left = /\{\{\w+\}\}/.exec(text)?.[0];
  if (left) throw new Problem(`demo/catalog.template.json has a placeholder that nothing fills: ${left}.`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/**
 * Starts the page that shows chat, checkout and panels side by side. It may ask for the bot or the worker to be killed.
 * @param {object} options
 * @param {import('./progress.mjs').Progress} options.progress
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {Demo} options.demo
 * @param {Record<string, string>} options.addresses
 * @returns {Promise<string>} its address
 */
export function startDemoPage({ progress, supervisor, demo, addresses }) {
  return progress.step('Demo page', async (step) => {
    const port = await freePort(PREFERRED.demo);
    const tellAll = () => {
      for (const state of supervisor.states()) supervisor.send('demo', { type: 'process', ...state });
    };
    supervisor.onState((state) => {
      supervisor.send('demo', { type: 'process', ...state });
      if (state.name === 'demo' && state.state === 'running') tellAll();
    });
    await supervisor.start({
      name: 'demo',
      stage: 4,
      command: process.execPath,
      args: ['--import', 'tsx', inRoot('demo', 'main.ts')],
      cwd: inRoot(),
      env: {
        ...addresses,
        DEMO_PORT: String(port),
        DEMO_TELEGRAM_URL: demo.telegramUrl,
        DEMO_YOOKASSA_URL: demo.yookassaUrl,
        DEMO_HIDDIFY_URLS: demo.hiddifyUrls.join(','),
        DEMO_BOT_URL: demo.env.PUBLIC_URL,
        DEMO_ADMIN_ID: demo.env.ADMIN_IDS?.split(',')[0],
      },
      ready: async () => (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })).ok,
      onMessage: (message) => {
        if (message?.type === 'kill' && ['bot', 'worker'].includes(message.name)) supervisor.kill(message.name);
      },
    });
    tellAll();
    step.say(`http://localhost:${port}`);
    return `http://localhost:${port}`;
  });
}
