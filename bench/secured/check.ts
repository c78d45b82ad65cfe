/** The checks on a secured Temporal: a purchase, every command, and the same with wrong settings. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../chaos/environment/tools';
import { createBuyer, payAt } from '../../test/support/buyer';
import type { Stack } from '../../test/support/stack';
import { waitUntil } from '../../test/support/wait';

export type Variables = Readonly<Record<string, string>>;

/** One wrong setting, and what the operator must read then. */
export interface Mistake {
  readonly what: string;
  readonly settings: Variables;
}

export interface Secured {
  readonly name: string;
  readonly settings: Variables;
  readonly namespace: string;
  readonly mistakes: readonly Mistake[];
}

const LOG_UNTIL_MS = 60_000;
let failed = 0;
/** Number of checks that failed. */
export const failures = (): number => failed;

function run(script: string, args: readonly string[], env: Variables, until?: RegExp) {
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', path.join(ROOT, 'dist', script), ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LOG_UNTIL_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (until?.test(output)) child.kill('SIGKILL');
      });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

/** Counts a check and makes its line of the table. */
function judged(what: string, good: boolean, said: string): string[] {
  if (!good) failed += 1;
  console.error(`${good ? '✓' : '✗'} ${what}: ${said}`);
  return [what, good ? 'as it should be' : 'NOT AS IT SHOULD BE', said.replaceAll('|', '/')];
}

export async function purchase(stack: Stack): Promise<{ line: string[]; userId: number }> {
  const buyer = createBuyer(stack.telegramUrl, 9_700);
  await buyer.start();
  await payAt(stack.yookassaUrl, await buyer.order());
  const since = performance.now();
  await waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives', everyMs: 20 });
  const ms = Math.round(performance.now() - since);
  return { line: judged('purchase, money to key', true, `${ms} ms`), userId: buyer.id };
}

export async function commands(stack: Stack, userId: number): Promise<string[][]> {
  const env = { ...stack.env, HTTP_PORT: '0' };
  const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
  const audit = await run('cli/audit.js', [], env);
  const show = await run('cli/payment.js', ['show', String(userId)], env);
  const schedules = await run('cli/schedules.js', ['list'], env);
  const doctor = await run('cli/doctor.js', [], env);
  const ofTemporal = doctor.output.split('\n').filter((line) => /^. Temporal/.test(line));
  return [
    judged('`npm run audit`', audit.code === 0, lastLine(audit.output)),
    judged(
      '`npm run payment -- show`',
      show.code === 0 && /workflow payment-\S+ \(run \w+\): completed/.test(show.output),
      workflowLine(show.output),
    ),
    judged(
      '`npm run schedules -- list`',
      schedules.code === 0,
      `${schedules.output.trim().split('\n').length - 1} lines`,
    ),
    judged(
      '`npm run doctor`',
      ofTemporal.every((line) => !line.startsWith('✗')),
      ofTemporal.join('; '),
    ),
  ];
}

const workflowLine = (output: string): string => /workflow payment-.*/.exec(output)?.[0] ?? output;

/** What each program prints for a wrong setting: the worker while it waits, the commands at their end. */
export async function refusals({ settings, mistakes }: Secured, stack: Stack): Promise<string[][]> {
  const lines: string[][] = [];
  for (const { what, settings: wrong } of mistakes) {
    const rest = Object.fromEntries(
      Object.entries(stack.env).filter(([name]) => !/^TEMPORAL_(TLS|API)/.test(name) && !(name in settings)),
    );
    const env = { ...rest, ...wrong, HTTP_PORT: '0' };
    for (const name of ['worker', 'bot']) {
      const { output } = await run(`${name}/main.js`, [], env, /Temporal at /);
      const said = /"reason":"(Temporal at [^"]+)"/.exec(output)?.[1] ?? output.trim();
      lines.push(judged(`${what}: the ${name}`, said.includes('Temporal at'), said));
    }
    const { code, output } = await run('cli/schedules.js', ['list'], env);
    lines.push(judged(`${what}: \`schedules\``, code === 1 && output.startsWith('Temporal at '), output.trim()));
    const doctor = await run('cli/doctor.js', [], env);
    const ofTemporal = doctor.output.split('\n');
    const at = ofTemporal.findIndex((line) => /^✗ Temporal/.test(line));
    lines.push(
      judged(
        `${what}: \`doctor\``,
        /^✗ Temporal +Temporal at /.test(ofTemporal[at] ?? ''),
        ofTemporal
          .slice(at, at + 2)
          .map((line) => line.trim())
          .join(' '),
      ),
    );
    const payment = await run('cli/payment.js', ['show', '9700'], env);
    lines.push(
      judged(
        `${what}: \`payment show\``,
        payment.output.startsWith('Temporal at '),
        payment.output.split('\n')[0] ?? '',
      ),
    );
    const audit = await run('cli/audit.js', [], env);
    lines.push(
      judged(`${what}: \`audit\``, audit.code === 2 && audit.output.startsWith('Temporal at '), audit.output.trim()),
    );
  }
  return lines;
}
