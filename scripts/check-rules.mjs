/**
 * Proves that the import rules and the linter catch what they are there for: builds a small tree in which every file
 * breaks one rule, runs both tools on it with our configuration, and expects each mistake to be found, and nothing
 * else. Without this a rule that catches nothing would look like a clean project.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './lib/commands.mjs';
import { inRoot } from './lib/paths.mjs';

/** Files that break no rule; those that break one import them. */
const GOOD = {
  'src/domain/money.ts': 'export const kopecks = 1;\n',
  'src/domain/price.ts': "import { kopecks } from './money';\nexport const price = kopecks;\n",
  'src/gateways/hiddify/client.ts': 'export const panel = 1;\n',
  'src/gateways/yookassa/client.ts': 'export const yookassa = 1;\n',
  'src/providers/yookassa/index.ts':
    "import { yookassa } from '../../gateways/yookassa/client';\nexport const provider = yookassa;\n",
  'src/providers/registry.ts': "export { provider } from './yookassa';\n",
  'src/providers/port.ts': 'export const isTransient = (): boolean => true;\n',
  'src/storage/pool.ts': 'export const pool = 1;\n',
  'src/messages/screens/plan.ts': "import { kopecks } from '../../domain/money';\nexport const screen = kopecks;\n",
  'src/bot/start.ts': "import { screen } from '../messages/screens/plan';\nexport const start = screen;\n",
  'src/activities/issue.ts':
    "import { screen } from '../messages/screens/plan';\nimport { panel } from '../gateways/hiddify/client';\nimport { pool } from '../storage/pool';\nexport const issue = async (): Promise<number> => panel + pool + screen;\n",
  'src/workflows/payment.ts':
    "import type { issue } from '../activities/issue';\nimport { kopecks } from '../domain/money';\nexport type Issue = typeof issue;\nexport const paid = kopecks;\n",
  'src/config/settings.ts': 'export const settings = 1;\n',
  'src/support/audit.ts': "import { settings } from '../config/settings';\nexport const audit = settings;\n",
  'src/http/page.ts':
    "import type { settings } from '../config/settings';\nexport type Settings = typeof settings;\nexport const page = 1;\n",
  'src/worker/poll.ts': 'export const poll = 1;\n',
  'src/jobs/digest/contract.ts': "export const digest = { workflow: 'digest' };\n",
  'src/jobs/digest/activities.ts':
    "import { issue } from '../../activities/issue';\nexport const count = async (): Promise<number> => issue();\n",
  'src/jobs/digest/workflow.ts':
    "import type { count } from './activities';\nimport { digest as contract } from './contract';\nexport type Count = typeof count;\nexport const digest = contract.workflow;\n",
  'src/workflows/index.ts': "export { digest } from '../jobs/digest/workflow';\n",
  'src/clients/jobs.ts': "export { digest } from '../jobs/digest/contract';\n",
  'src/worker/main.ts': "console.log(process.env['HOME']);\n",
  'simulators/telegram/server.ts': 'export const telegram = 1;\n',
  'test/a.ts':
    "import { telegram } from '../simulators/telegram/server';\nimport { price } from '../src/domain/price';\nexport const sum = telegram + price;\n",
};

/** @type {readonly { tool: 'imports' | 'lint', rule: string, file: string, code: string }[]} */
const BAD = [
  {
    tool: 'imports',
    rule: 'no-cycles',
    file: 'src/domain/cycleA.ts',
    code: "import { b } from './cycleB';\nexport const a = (): number => b;\n",
  },
  {
    tool: 'imports',
    rule: 'resolvable',
    file: 'src/domain/missing.ts',
    code: "export { nothing } from './nowhere';\n",
  },
  {
    tool: 'imports',
    rule: 'domain-imports-its-row-only',
    file: 'src/domain/db.ts',
    code: "export { pool } from '../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'domain-is-pure',
    file: 'src/domain/files.ts',
    code: "export { readFileSync } from 'node:fs';\n",
  },
  { tool: 'imports', rule: 'domain-is-pure', file: 'src/domain/parse.ts', code: "export { z } from 'zod';\n" },
  {
    tool: 'imports',
    rule: 'workflows-import-domain-and-activity-types',
    file: 'src/workflows/db.ts',
    code: "export { pool } from '../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-import-activities-as-types-only',
    file: 'src/workflows/direct.ts',
    code: "export { issue } from '../activities/issue';\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-are-deterministic',
    file: 'src/workflows/random.ts',
    code: "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-are-deterministic',
    file: 'src/workflows/validate.ts',
    code: "import { z } from 'zod';\nexport const schema = z.string();\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-import-domain-and-activity-types',
    file: 'src/jobs/refill/workflow.ts',
    code: "export { pool } from '../../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-import-activities-as-types-only',
    file: 'src/jobs/report/workflow.ts',
    code: "export { count } from '../digest/activities';\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-import-activities-as-types-only',
    file: 'src/workflows/list.ts',
    code: "export { count } from '../jobs/digest/activities';\n",
  },
  {
    tool: 'imports',
    rule: 'workflows-are-deterministic',
    file: 'src/jobs/report/contract.ts',
    code: "export { z } from 'zod';\n",
  },
  {
    tool: 'imports',
    rule: 'jobs-are-known-by-their-contracts',
    file: 'src/clients/count.ts',
    code: "export { count } from '../jobs/digest/activities';\n",
  },
  {
    tool: 'imports',
    rule: 'nobody-imports-the-bot',
    file: 'src/jobs/report/activities.ts',
    code: "export { start } from '../../bot/start';\n",
  },
  {
    tool: 'imports',
    rule: 'bot-does-no-durable-work',
    file: 'src/bot/panel.ts',
    code: "export { panel } from '../gateways/hiddify/client';\n",
  },
  {
    tool: 'imports',
    rule: 'bot-does-no-durable-work',
    file: 'src/bot/money.ts',
    code: "export { yookassa } from '../gateways/yookassa/client';\n",
  },
  {
    tool: 'imports',
    rule: 'bot-does-no-durable-work',
    file: 'src/bot/work.ts',
    code: "export { issue } from '../activities/issue';\n",
  },
  {
    tool: 'imports',
    rule: 'messages-imports-types-only',
    file: 'src/messages/rows.ts',
    code: "export { pool } from '../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'nobody-imports-the-bot',
    file: 'src/activities/bot.ts',
    code: "export { start } from '../bot/start';\n",
  },
  {
    tool: 'imports',
    rule: 'nobody-imports-the-worker',
    file: 'src/activities/worker.ts',
    code: "export { poll } from '../worker/poll';\n",
  },
  {
    tool: 'imports',
    rule: 'storage-imports-its-row-only',
    file: 'src/storage/remote.ts',
    code: "export { panel } from '../gateways/hiddify/client';\n",
  },
  {
    tool: 'imports',
    rule: 'gateways-imports-its-row-only',
    file: 'src/gateways/hiddify/remember.ts',
    code: "export { pool } from '../../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'storage-imports-its-row-only',
    file: 'src/storage/say.ts',
    code: "export { issue } from '../activities/issue';\n",
  },
  {
    tool: 'imports',
    rule: 'config-imports-its-row-only',
    file: 'src/config/reach.ts',
    code: "export { pool } from '../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'messages-imports-its-row-only',
    file: 'src/messages/call.ts',
    code: "import type { panel } from '../gateways/hiddify/client';\nexport type Panel = typeof panel;\n",
  },
  {
    tool: 'imports',
    rule: 'nobody-imports-the-worker',
    file: 'src/cli/worker.ts',
    code: "export { poll } from '../worker/poll';\n",
  },
  {
    tool: 'imports',
    rule: 'http-imports-its-row-only',
    file: 'src/http/work.ts',
    code: "export { issue } from '../activities/issue';\n",
  },
  {
    tool: 'imports',
    rule: 'http-imports-types-only',
    file: 'src/http/settings.ts',
    code: "export { settings } from '../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'clients-imports-its-row-only',
    file: 'src/clients/read.ts',
    code: "export { pool } from '../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'clients-imports-types-only',
    file: 'src/clients/ask.ts',
    code: "export { yookassa } from '../gateways/yookassa/client';\n",
  },
  {
    tool: 'imports',
    rule: 'providers-imports-its-row-only',
    file: 'src/providers/yookassa/say.ts',
    code: "export { screen } from '../../messages/screens/plan';\n",
  },
  {
    tool: 'imports',
    rule: 'providers-imports-types-only',
    file: 'src/providers/yookassa/remember.ts',
    code: "export { pool } from '../../storage/pool';\n",
  },
  {
    tool: 'imports',
    rule: 'providers-do-not-know-each-other',
    file: 'src/providers/stars/borrow.ts',
    code: "export { provider } from '../yookassa';\n",
  },
  {
    tool: 'imports',
    rule: 'providers-are-known-by-the-port',
    file: 'src/worker/pay.ts',
    code: "export { provider } from '../providers/yookassa';\n",
  },
  {
    tool: 'imports',
    rule: 'support-imports-its-row-only',
    file: 'src/support/work.ts',
    code: "export { issue } from '../activities/issue';\n",
  },
  {
    tool: 'imports',
    rule: 'desk-imports-its-row-only',
    file: 'src/desk/card.ts',
    code: "export { screen } from '../messages/screens/plan';\n",
  },
  {
    tool: 'imports',
    rule: 'desk-imports-types-only',
    file: 'src/desk/settings.ts',
    code: "export { settings } from '../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'process-imports-its-row-only',
    file: 'src/process/say.ts',
    code: "export { screen } from '../messages/screens/plan';\n",
  },
  {
    tool: 'imports',
    rule: 'process-imports-types-only',
    file: 'src/process/settings.ts',
    code: "export { settings } from '../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'activities-imports-its-row-only',
    file: 'src/activities/audit.ts',
    code: "export { audit } from '../support/audit';\n",
  },
  {
    tool: 'imports',
    rule: 'activities-imports-types-only',
    file: 'src/activities/start.ts',
    code: "export { digest } from '../clients/jobs';\n",
  },
  {
    tool: 'imports',
    rule: 'jobs-imports-its-row-only',
    file: 'src/jobs/report/page.ts',
    code: "export { page } from '../../http/page';\n",
  },
  {
    tool: 'imports',
    rule: 'jobs-imports-types-only',
    file: 'src/jobs/report/settings.ts',
    code: "export { settings } from '../../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'storage-imports-types-only',
    file: 'src/storage/settings.ts',
    code: "export { settings } from '../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'gateways-imports-its-row-only',
    file: 'src/gateways/signal.ts',
    code: "export { digest } from '../clients/jobs';\n",
  },
  {
    tool: 'imports',
    rule: 'gateways-imports-types-only',
    file: 'src/gateways/settings.ts',
    code: "export { settings } from '../config/settings';\n",
  },
  {
    tool: 'imports',
    rule: 'src-is-the-product',
    file: 'src/http/demo.ts',
    code: "export { telegram } from '../../simulators/telegram/server';\n",
  },
  {
    tool: 'imports',
    rule: 'src-needs-no-dev-package',
    file: 'src/http/tool.ts',
    code: "export { transform } from '@swc/core';\n",
  },
  {
    tool: 'imports',
    rule: 'benches-run-without-jest',
    file: 'bench/fake.ts',
    code: "export { expect } from '@jest/globals';\n",
  },
  {
    tool: 'imports',
    rule: 'simulators-stand-alone',
    file: 'simulators/telegram/shared.ts',
    code: "export { kopecks } from '../../src/domain/money';\n",
  },
  {
    tool: 'imports',
    rule: 'simulators-do-not-know-each-other',
    file: 'simulators/yookassa/chat.ts',
    code: "export { telegram } from '../telegram/server';\n",
  },

  {
    tool: 'lint',
    rule: 'no-floating-promises',
    file: 'src/http/floating.ts',
    code: 'export function go(): void {\n  Promise.resolve(1).then((n) => n + 1);\n}\n',
  },
  {
    tool: 'lint',
    rule: 'no-misused-promises',
    file: 'src/http/misused.ts',
    code: 'const later = async (): Promise<boolean> => true;\nexport const broken = (): number => (later() ? 1 : 2);\n',
  },
  {
    tool: 'lint',
    rule: 'switch-exhaustiveness-check',
    file: 'src/http/forgotten.ts',
    code: "export function end(state: 'issued' | 'refunded'): number {\n  switch (state) {\n    case 'issued':\n      return 1;\n  }\n  return 0;\n}\n",
  },
  {
    tool: 'lint',
    rule: 'consistent-type-imports',
    file: 'src/http/typed.ts',
    code: "import { issue } from '../activities/issue';\nexport type Issue = typeof issue;\n",
  },
  {
    tool: 'lint',
    rule: 'no-console',
    file: 'src/http/shout.ts',
    code: "export const shout = (): void => console.log('!');\n",
  },
  {
    tool: 'lint',
    rule: 'no-process-env',
    file: 'src/storage/environment.ts',
    code: "export const url = (): string | undefined => process.env['DATABASE_URL'];\n",
  },
  {
    tool: 'lint',
    rule: 'no-restricted-imports',
    file: 'src/workflows/client.ts',
    code: "import { Client } from '@temporalio/client';\nexport const make = (): Client => new Client();\n",
  },
  {
    tool: 'lint',
    rule: 'no-restricted-imports',
    file: 'src/jobs/hash/workflow.ts',
    code: "import { createHash } from 'node:crypto';\nexport const hash = (): unknown => createHash('md5');\n",
  },
  {
    tool: 'lint',
    rule: 'no-restricted-imports',
    file: 'src/workflows/hash.ts',
    code: "import { createHash } from 'node:crypto';\nexport const hash = (): unknown => createHash('md5');\n",
  },
  {
    tool: 'lint',
    rule: 'no-restricted-globals',
    file: 'src/domain/call.ts',
    code: "export const call = async (): Promise<Response> => fetch('http://localhost');\n",
  },
  {
    tool: 'lint',
    rule: 'no-focused-tests',
    file: 'test/focused.test.ts',
    code: "import { it } from '@jest/globals';\nit.only('hides all others', () => {});\n",
  },
];

/** The second file of a mistake that needs two files. */
const HALVES = { 'src/domain/cycleB.ts': "import { a } from './cycleA';\nexport const b = a();\n" };

/** @param {string} dir */
function writeTree(dir) {
  for (const name of [
    '.dependency-cruiser.cjs',
    '.oxlintrc.json',
    'package.json',
    'tsconfig.json',
    'tsconfig.base.json',
  ])
    cpSync(inRoot(name), path.join(dir, name));
  symlinkSync(inRoot('node_modules'), path.join(dir, 'node_modules'));
  const files = { ...GOOD, ...HALVES, ...Object.fromEntries(BAD.map(({ file, code }) => [file, code])) };
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), code);
  }
}

/** @typedef {{ rule: string, file: string }} Finding */

/** @param {string} dir @returns {Promise<Finding[]>} */
async function importViolations(dir) {
  const { output } = await run(
    process.execPath,
    [
      inRoot('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'src',
      'simulators',
      'test',
      'bench',
    ],
    { cwd: dir },
  );
  /** @type {{ rule: { name: string }, from: string }[]} */
  const violations = JSON.parse(output).summary.violations;
  return violations.map(({ rule, from }) => ({ rule: rule.name, file: from }));
}

/** @param {string} dir @returns {Promise<Finding[]>} */
async function lintViolations(dir) {
  const { output } = await run(
    process.execPath,
    [inRoot('node_modules', 'oxlint', 'bin', 'oxlint'), '--type-aware', '--format', 'json'],
    { cwd: dir },
  );
  /** @type {{ code: string, filename: string }[]} */
  const diagnostics = JSON.parse(output.slice(output.indexOf('{'))).diagnostics;
  return diagnostics.map(({ code, filename }) => ({
    rule: /\((.+)\)/.exec(code)?.[1] ?? code,
    file: path.relative(dir, path.resolve(dir, filename)),
  }));
}

const dir = mkdtempSync(path.join(tmpdir(), 'gigabridge-rules-'));
try {
  writeTree(dir);
  const found = { imports: await importViolations(dir), lint: await lintViolations(dir) };
  const missed = BAD.filter((bad) => !found[bad.tool].some(({ rule, file }) => rule === bad.rule && file === bad.file));
  const innocent = [...found.imports, ...found.lint].filter(({ file }) => file in GOOD);
  for (const { tool, rule, file, code } of missed)
    console.error(`The ${tool} rule ${rule} did not catch ${file}:\n    ${code.trim().replaceAll('\n', '\n    ')}`);
  for (const { rule, file } of innocent) console.error(`${rule} complains about ${file}, which breaks no rule.`);
  console.log(
    `${BAD.length - missed.length} of ${BAD.length} planted mistakes were caught, ${innocent.length} false alarms.`,
  );
  process.exitCode = missed.length + innocent.length === 0 ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
