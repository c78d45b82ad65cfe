import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../support/wait';
import { runModule, spawnModule } from './run';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gigabridge-supervisor-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const prelude = (): string => `
  import { createSupervisor } from './lib/supervisor.mjs';
  import { eventually } from './lib/commands.mjs';
  const supervisor = createSupervisor({ logsDir: '${dir}', print: console.log, restartPauseMs: 20, stopTimeoutMs: 1000 });
  const states = [];
  supervisor.onState((state) => states.push(state));
  const node = (name, code, more = {}) => ({ name, stage: 1, command: process.execPath, args: ['-e', code], ...more });
  const STAY = 'setInterval(() => {}, 1000)';
`;

/** A child that ignores a polite request to end, and has a child of its own. */
const STUBBORN = `process.on("SIGTERM", () => {}); const c = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }); console.log("grandchild=" + c.pid)`;

/** A zombie counts as ended: it only has not been reaped by its parent yet. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc') || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('supervisor', () => {
  it('starts a crashed process again', async () => {
    const { output } = await runModule(`${prelude()}
      await supervisor.start(node('bot', STAY));
      const first = supervisor.states()[0].pid;
      process.kill(first, 'SIGKILL');
      await eventually(() => supervisor.states()[0].pid && supervisor.states()[0].pid !== first, { timeoutMs: 10_000 });
      console.log(states.map(({ state }) => state).join(' '));
      await supervisor.stopAll();
    `);
    expect(output).toContain('running down running');
  });

  it('keeps a process that was killed on purpose down for as long as asked', async () => {
    const { output } = await runModule(`${prelude()}
      await supervisor.start(node('worker', STAY));
      console.log('killed', supervisor.kill('worker', 700), supervisor.kill('nobody'));
      const since = performance.now();
      await eventually(() => states.length === 3, { timeoutMs: 10_000, everyMs: 5 });
      console.log(performance.now() - since >= 690 ? 'stayed down' : 'came back early');
      await supervisor.stopAll();
    `);
    expect(output).toContain('killed true false');
    expect(output).toContain('stayed down');
  });

  it('fails the start with the last lines of a process that ends at once, and does not loop', async () => {
    const { output } = await runModule(`${prelude()}
      const failing = node('worker', 'console.error("BOT_TOKEN is missing"); process.exit(1)', { ready: () => false });
      await supervisor.start(failing).catch((error) => console.log('PROBLEM ' + error.message));
      console.log('launched', states.length === 2 ? 'once' : 'again');
      await supervisor.stopAll();
    `);
    expect(output).toMatch(/PROBLEM worker ended right after its start[^]*BOT_TOKEN is missing/);
    expect(output).toContain('launched once');
  });

  it('stops the stage started last first', async () => {
    const { output } = await runModule(`${prelude()}
      const polite = 'process.on("SIGTERM", () => setTimeout(() => process.exit(0), 50)); console.log("up"); setInterval(() => {}, 1000)';
      const up = (name) => () => require('fs').readFileSync('${dir}/' + name + '.log', 'utf8').includes('up');
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      for (const [name, stage] of [['database', 1], ['bot', 3], ['standin', 2]]) await supervisor.start(node(name, polite, { stage, ready: up(name) }));
      await supervisor.stopAll();
      console.log(states.filter(({ state }) => state === 'down').map(({ name }) => name).join(' '));
    `);
    expect(output).toContain('bot standin database');
  });

  it('leaves nothing running when it is itself killed with -9', async () => {
    const { child, output } = spawnModule(`${prelude()}
      await supervisor.start(node('stubborn', ${JSON.stringify(STUBBORN)}));
      await supervisor.start(node('polite', STAY));
      await eventually(async () => (await import('node:fs')).readFileSync('${dir}/stubborn.log', 'utf8').includes('grandchild='), { timeoutMs: 10_000 });
      console.log('pids=' + JSON.stringify(supervisor.states().map(({ pid }) => pid)));
    `);
    const line = await waitUntil(() => /pids=(\[.*\])/.exec(output())?.[1] ?? '', { what: 'the children run' });
    const grandchild = Number(/grandchild=(\d+)/.exec(await readFile(path.join(dir, 'stubborn.log'), 'utf8'))?.[1]);
    const pids = [...(JSON.parse(line) as number[]), grandchild];
    expect(pids.filter(isAlive)).toEqual(pids);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitUntil(() => pids.filter(isAlive).length === 0, { what: 'the guard has stopped the children' });
  });

  it('shows warnings of a JSON log at the terminal and keeps the rest in the file', async () => {
    const { output } = await runModule(`${prelude()}
      const lines = [{ level: 30, msg: 'quiet' }, { level: 50, msg: 'payment stuck', err: { message: 'panel down' } }, { level: 50, msg: 'nobody can pay', reason: 'HTTP 401' }].map((entry) => JSON.stringify(entry));
      await supervisor.start(node('worker', 'process.argv.slice(1).forEach((line) => console.log(line)); ' + STAY));
      supervisor.states();
      await supervisor.start({ ...node('talker', 'JSON.parse(process.env.LINES).forEach((line) => console.log(line)); ' + STAY), env: { LINES: JSON.stringify(lines) } });
      await eventually(async () => (await import('node:fs')).readFileSync('${dir}/talker.log', 'utf8').includes('nobody can pay'), { timeoutMs: 10_000 });
      await supervisor.stopAll();
    `);
    expect(output).toContain('[talker] payment stuck: panel down');
    expect(output).toContain('[talker] nobody can pay: HTTP 401');
    expect(output).not.toContain('quiet');
    expect(await readFile(path.join(dir, 'talker.log'), 'utf8')).toContain('quiet');
  });
});
