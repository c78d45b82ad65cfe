/**
 * The timeline of one payment that meets five faults, told by the shop's own tool: what docs/five-faults.md is made
 * from.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createPool } from '../../src/storage/postgres/pool';
import { waitUntil } from '../../test/support/wait';
import { runAuditTool } from '../ledgers/auditTool';
import { Buyer } from '../buyers/buyer';
import { Chats } from '../buyers/chats';
import { breaksAfterMaking } from '../steps/breaks';
import { STEPS } from '../steps/steps';
import { Trap } from '../steps/trap';
import { control } from '../environment/standIns';
import { ROOT, type Progress } from '../environment/tools';
import { startEnvironment, type Environment } from '../environment/environment';

const BUYER = 700_001;
const LIMIT_MS = 240_000;

export interface FiveFaultsOutcome {
  readonly environment: Environment;
  readonly clean: boolean;
  readonly report: string;
}

/** @param picture where the Web UI's picture goes, if it is wanted */
export async function runFiveFaults(
  dir: string,
  picture: string | undefined,
  progress: Progress,
): Promise<FiveFaultsOutcome> {
  const environment = await startEnvironment({ dir, temporal: 'dev', progress });
  const pool = createPool(environment.databaseUrl, { max: 2, onError: () => undefined });
  const chats = new Chats(environment.urls.telegram);
  const began = performance.now();
  const told: string[] = [];
  const tell = (line: string): void => {
    told.push(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
    progress.log(told.at(-1)!);
  };
  const faults = (name: keyof Environment['urls'], switches: Record<string, unknown>) =>
    control(`${environment.urls[name]}/_sim/faults`, 'PUT', switches);
  try {
    await chats.open();
    const buyer = new Buyer(BUYER, {
      telegramUrl: environment.urls.telegram,
      chats,
      stopped: new AbortController().signal,
    });
    await buyer.start();

    await faults('yookassa', {
      error500: { when: 'after', times: 2, method: 'POST', path: '/payments' },
      webhooksLost: true,
    });
    tell('fault 1: YooKassa carries out the next two calls and answers 500 to both');
    tell('fault 2: every webhook is lost from now on');
    const order = await buyer.order({ location: 'de', plan: 'month' });
    if (!order) throw new Error('the buyer got no link');
    const calls = await control<{ method: string; path: string; status: number; committed: boolean }[]>(
      `${environment.urls.yookassa}/_sim/calls`,
    );
    const created = calls.filter(({ method, path: at }) => method === 'POST' && at.startsWith('/payments'));
    tell(
      `asked ${created.length} times for one payment, answers ${created.map(({ status }) => status).join(', ')}; YooKassa has ${(await control<unknown[]>(`${environment.urls.yookassa}/_sim/payments`)).length}`,
    );
    tell(`the link is in the chat, payment ${order.paymentId}`);

    const killedAtStep = onceAt(environment, 'the money is recorded', order.paymentId);
    const panel = environment.links.find(({ name }) => name.endsWith('panel-1'))!;
    const away = breaksAfterMaking(() =>
      tell(
        'fault 4: the panel makes the account, the connection breaks before it can say so, and it is away from then on',
      ),
    );
    panel.read(away);
    await buyer.pay(order);
    tell('the buyer has paid; no webhook says so');
    const name = await killedAtStep;
    tell(`fault 3: ${name} gets SIGKILL just after PostgreSQL has recorded the money, before it learns of it`);
    const status = async () =>
      (await pool.query<{ status: string }>('SELECT status FROM payments WHERE id = $1', [order.paymentId])).rows[0]
        ?.status;
    await waitUntil(async () => (await status()) === 'delayed', {
      what: 'the buyer is told of the delay',
      timeoutMs: LIMIT_MS,
      everyMs: 100,
    });
    tell('the buyer has been told that the money is there and the panel is not');
    environment.supervisor.kill('postgres', 3_000);
    tell('fault 5: PostgreSQL gets SIGKILL and stays away for 3 s');
    await pause(5_000);
    panel.unread(away);
    tell('the panel is back');
    await buyer.chat.until(() => (buyer.chat.keys().length > 0 ? true : undefined), LIMIT_MS);
    tell(`the key is in the chat, ${buyer.chat.keys().length} time(s)`);
    await waitUntil(async () => (await status()) === 'issued', { what: 'the payment is issued', timeoutMs: LIMIT_MS });
    await pause(3_000);

    const timeline = await tool(environment, 'src/cli/payment.ts', 'show', order.paymentId);
    const audit = await runAuditTool(environment.toolEnv);
    if (picture !== undefined) await takePicture(environment, order.paymentId, picture);
    return {
      environment,
      clean: audit.code === 0,
      report: [...told, '', 'npm run payment -- show', '', timeline, '', 'npm run audit', '', audit.output].join('\n'),
    };
  } finally {
    chats.close();
    await pool.end();
  }
}

/** @returns the process that was killed just after the step */
function onceAt(environment: Environment, stepName: string, paymentId: string): Promise<string> {
  const step = STEPS.find(({ name }) => name === stepName)!;
  const links = environment.links.filter(
    ({ dependency, owner }) => dependency === step.on && owner?.startsWith(step.by),
  );
  return new Promise((resolve) => {
    const trap: Trap = new Trap({
      step,
      moment: 'after',
      of: () => [paymentId],
      spring(link) {
        for (const each of links) each.unread(trap);
        environment.supervisor.kill(link.owner!, 1_000);
        resolve(link.owner!);
      },
    });
    for (const link of links) link.read(trap);
  });
}

async function tool(environment: Environment, file: string, ...words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, file), ...words], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...environment.toolEnv },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output.trim();
}

async function takePicture(
  { supervisor, temporalUi, namespace }: Environment,
  paymentId: string,
  file: string,
): Promise<void> {
  // The Web UI is a program of its own: it needs time to draw, and there is no telling when it has.
  await supervisor.start({
    name: 'chromium',
    stage: 5,
    command: process.env['CHROMIUM_PATH'] ?? 'chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--window-size=1400,900',
      '--virtual-time-budget=30000',
      `--screenshot=${path.resolve(file)}`,
      `${temporalUi}/namespaces/${namespace}/workflows/payment-${paymentId}`,
    ],
    restart: false,
  });
  const isRunning = () => supervisor.states().some(({ name, state }) => name === 'chromium' && state === 'running');
  await waitUntil(() => !isRunning(), { what: 'the picture is taken', timeoutMs: 120_000 });
}
