/**
 * A kill at every step: for each step of a purchase, a renewal and a refund one buyer whose worker (or bot) is killed just before
 * the step's effect, and one whose is killed just after it. All of one flow must end the same.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connectTemporal } from '../../src/clients/temporal';
import { createPool } from '../../src/storage/postgres/pool';
import { runAuditTool } from '../ledgers/auditTool';
import { judge, readExternalLedgers, type Ledgers, type PaidForm } from '../ledgers/external';
import { waitUntilIdle, type Unfinished } from '../ledgers/idle';
import type { Options } from '../options';
import { Buyer, type Wish } from '../buyers/buyer';
import { Chats } from '../buyers/chats';
import { control } from '../environment/standIns';
import type { Progress } from '../environment/tools';
import { startEnvironment, type Environment } from '../environment/environment';
import { breaksAfterMaking } from './breaks';
import { STEPS, type Moment, type Step, type FlowName } from './steps';
import { Trap } from './trap';

export interface StepRow {
  readonly flow: FlowName;
  readonly step: Step;
  readonly moment: Moment;
  readonly killed: readonly string[];
  /** What its buyer ends with, in all ledgers, in words; of each buyer, when the first did not come to the step. */
  readonly ends: readonly string[];
}

export interface StepsOutcome {
  readonly rows: readonly StepRow[];
  readonly temporal: string;
  readonly kills: number;
  readonly tookMs: number;
  readonly clean: boolean;
  readonly problems: readonly string[];
  readonly audit: { readonly code: number; readonly output: string };
  readonly environment: Environment;
}

const FIRST_ID = 600_001;
const ARRIVE_EVERY_MS = 1_000;
const DOWN_MS = 200;
/**
 * Only ends what hangs: on a machine with two cores all buyers are served within 380 s. Who gives up too early counts as a problem of the
 * shop. Twice this, for the buyers and for what they leave behind, is less than the test has.
 */
const LIMIT_MS = 700_000;
/**
 * Another buyer's kill can come between a step's effect and its answer; whoever takes the step up then finds it done, and the trap
 * waits in vain. Such a moment is tried again with another buyer.
 */
const ROUNDS = 3;

interface Case {
  readonly flow: FlowName;
  readonly step: Step;
  readonly moment: Moment;
  readonly killed: string[];
  /** Whoever has lived it, in order. */
  readonly buyers: number[];
}

/** What the lives of a run share. */
interface RunContext {
  readonly environment: Environment;
  readonly chats: Chats;
  readonly stopped: AbortSignal;
  readonly forms: PaidForm[];
  readonly stumbled: string[];
}

export async function runSteps(options: Options, dir: string, progress: Progress): Promise<StepsOutcome> {
  const cases: Case[] = STEPS.flatMap((step) =>
    step.flows.flatMap((flow) =>
      (['before', 'after'] as const).map((moment) => ({ flow, step, moment, killed: [], buyers: [] })),
    ),
  );
  const environment = await startEnvironment({ dir, temporal: options.temporal, progress });
  const pool = createPool(environment.databaseUrl, { max: 3, onError: () => undefined });
  const temporal = await connectTemporal({ address: environment.temporalAddress, namespace: environment.namespace });
  const chats = new Chats(environment.urls.telegram);
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const run: RunContext = { environment, chats, stopped: stopped.signal, forms: [], stumbled: [] };
  const began = performance.now();
  try {
    await chats.open();
    const sayer = setInterval(
      () => progress.log(`${cases.length - unmet(cases).length} of ${cases.length} steps have been met by a kill`),
      15_000,
    );
    let left: Partial<Unfinished> = {};
    for (let round = 0, next = FIRST_ID; round < ROUNDS && unmet(cases).length > 0; round += 1) {
      const again = unmet(cases);
      for (const one of again) one.buyers.push(next++);
      if (round > 0) {
        for (const { flow, step, moment } of again)
          progress.log(`${flow}: nobody came to "${step.name}" (${moment}); another buyer tries`);
        // Settling let hours pass there.
        await control(`${environment.urls.yookassa}/_sim/clock`, 'PUT', { offsetMs: 0 });
      }
      const traps = await runRound(again, run);
      ({ left } = await waitUntilIdle({
        pool,
        temporal: temporal.client,
        yookassaUrl: environment.urls.yookassa,
        timeoutMs: LIMIT_MS,
        say: progress.log,
      }));
      for (const removeTrap of traps) removeTrap();
    }
    clearInterval(sayer);
    const ledgers = await readExternalLedgers(environment.urls);
    const { rows: records } = await pool.query<{ user_id: number; status: string; yookassa_id: string }>(
      'SELECT user_id, status, yookassa_id FROM payments ORDER BY created_at',
    );
    const rows = cases.map(({ buyers, ...one }): StepRow => ({
      ...one,
      ends: buyers.map((id) => endOf(id, records, ledgers, new Set(chats.of(id).keys()).size)),
    }));
    const audit = await runAuditTool(environment.toolEnv);
    const judgement = judge(ledgers, run.forms);
    const problems = [
      ...run.stumbled,
      ...unmet(rows).map(({ flow, step, moment }) => `${flow}: nobody came to "${step.name}" (${moment})`),
      ...(['purchase', 'renewal', 'refund'] as const).flatMap((flow) => {
        const ends = endsOf(flow, rows);
        return ends.length === 1 ? [] : [`${flow}s end in ${ends.length} ways: ${ends.join(' | ')}`];
      }),
      ...[...judgement.lost, ...judgement.doubled],
      ...Object.entries(left)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${name} are still on their way`),
      ...(audit.code === 0 ? [] : [`the audit ended with ${audit.code}`]),
    ];
    return {
      rows,
      temporal: environment.temporal,
      kills: rows.reduce((sum, { killed }) => sum + killed.length, 0),
      tookMs: performance.now() - began,
      clean: problems.length === 0,
      problems,
      audit,
      environment,
    };
  } finally {
    stopped.abort();
    chats.close();
    await Promise.allSettled([pool.end(), temporal.close()]);
  }
}

function unmet<Of extends { readonly killed: readonly string[] }>(cases: readonly Of[]): Of[] {
  return cases.filter(({ killed }) => killed.length === 0);
}

/** One buyer for each case, his trap set, until he has his key or his money back. @returns how to remove each trap */
async function runRound(cases: readonly Case[], run: RunContext): Promise<(() => void)[]> {
  // Refunds need a panel that makes the account, does not get to say so, and is away from then on.
  const panel = run.environment.links.find(({ name }) => name.endsWith('panel-2'))!;
  const halfDone = breaksAfterMaking();
  panel.read(halfDone);
  const traps: (() => void)[] = [];
  const lives = cases.map(async (one, index) => {
    await pause(index * ARRIVE_EVERY_MS);
    await runCase(one, run, traps).catch(
      (error: unknown) => void run.stumbled.push(`${one.flow}, ${one.moment} "${one.step.name}": ${String(error)}`),
    );
  });
  await Promise.all(lives.filter((_, index) => cases[index]!.flow === 'refund'));
  panel.unread(halfDone);
  await Promise.all(lives);
  return traps;
}

async function runCase(
  one: Case,
  { environment, chats, stopped, forms }: RunContext,
  traps: (() => void)[],
): Promise<void> {
  const id = one.buyers.at(-1)!;
  const names = [String(id)];
  const buyer = new Buyer(id, {
    telegramUrl: environment.urls.telegram,
    chats,
    stopped,
    onConfirming: (paymentId) => void names.push(paymentId),
  });
  const buy = async (wish: Wish) => {
    const order = await buyer.order(wish);
    if (!order) throw new Error(`buyer ${id} got no link`);
    forms.push({ buyerId: id, yookassaId: order.yookassaId });
    await buyer.pay(order);
    await buyer.outcome(order, one.flow === 'refund' ? 'money-back' : 'wait', LIMIT_MS);
  };
  await buyer.start();
  if (one.flow === 'renewal') {
    await buy({ location: 'de', plan: 'week' });
    const subscription = await buyer.subscription();
    if (subscription === undefined) throw new Error(`buyer ${id} does not find his subscription`);
    traps.push(setTrap(one, names, environment));
    return buy({ renew: subscription, plan: 'month' });
  }
  traps.push(setTrap(one, names, environment));
  return buy(one.flow === 'refund' ? { location: 'fi', plan: 'month' } : { location: 'de', plan: 'month' });
}

/** @returns how to remove it; once it has sprung that does nothing */
function setTrap({ step, moment, killed }: Case, names: readonly string[], environment: Environment): () => void {
  const links = environment.links.filter(
    ({ dependency, owner }) => dependency === step.on && (owner === undefined || owner.startsWith(step.by)),
  );
  const remove = () => links.forEach((link) => link.unread(trap));
  const trap: Trap = new Trap({
    step,
    moment,
    ...(step.anybodys ? {} : { of: () => names }),
    spring(link) {
      remove();
      // The way to a panel is shared: one of the two is at the step, so both die.
      for (const name of link.owner === undefined ? ['worker-1', 'worker-2'] : [link.owner])
        if (environment.supervisor.kill(name, DOWN_MS)) killed.push(name);
    },
  });
  for (const link of links) link.read(trap);
  return remove;
}

function endOf(
  id: number,
  records: readonly { user_id: number; status: string; yookassa_id: string }[],
  { payments, accounts }: Ledgers,
  keys: number,
): string {
  const own = records.filter(({ user_id }) => user_id === id);
  const charges = payments.filter((payment) => own.some(({ yookassa_id }) => yookassa_id === payment.id));
  const money = charges.map(
    ({ status, kopecks, refundedKopecks }) =>
      `${status} ${kopecks / 100} RUB${refundedKopecks > 0 ? `, ${refundedKopecks / 100} returned` : ''}`,
  );
  const access = accounts.filter(({ buyerId }) => buyerId === id).map(({ days }) => `${days} days`);
  return `record: ${own.map(({ status }) => status).join(' + ')}; YooKassa: ${money.join(' + ')}; panels: ${access.join(' + ') || 'nothing'}; chat: ${keys} ${keys === 1 ? 'key' : 'keys'}`;
}

/** In how many ways the buyers of a flow end, each in words. */
function endsOf(flow: FlowName, rows: readonly StepRow[]): string[] {
  return [...new Set(rows.filter((row) => row.flow === flow).flatMap(({ ends }) => ends))];
}

export function renderSteps({ rows, temporal, kills, tookMs, problems, audit }: StepsOutcome): string {
  const ends = (['purchase', 'renewal', 'refund'] as const).map(
    (flow) =>
      `${flow}, killed at ${rows.filter((row) => row.flow === flow).length} moments: ${endsOf(flow, rows).join(' | ')}`,
  );
  const again = rows.filter((row) => row.ends.length > 1 && row.killed.length > 0).length;
  const mark = (step: Step, flow: FlowName) =>
    (['before', 'after'] as const)
      .map((moment) => rows.find((row) => row.step === step && row.flow === flow && row.moment === moment))
      .map((row) => (row === undefined ? '' : row.killed.length > 0 ? row.moment : `NOT ${row.moment}`))
      .filter(Boolean)
      .join(', ');
  return [
    `Temporal: ${temporal}. ${kills} processes killed at ${rows.length} moments${again > 0 ? ` (${again} of them with another buyer than the first)` : ''}, ${Math.round(tookMs / 1000)} s.`,
    '',
    '| step | process | purchase | renewal | refund |',
    '|---|---|---|---|---|',
    ...STEPS.map(
      (step) =>
        `| ${step.name} | ${step.by} | ${mark(step, 'purchase')} | ${mark(step, 'renewal')} | ${mark(step, 'refund')} |`,
    ),
    '',
    ...ends,
    ...problems.map((problem) => `PROBLEM: ${problem}`),
    '',
    'The audit:',
    ...audit.output
      .trim()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
  ].join('\n');
}
