/**
 * A kill at every step: for each step of each flow one buyer whose worker (or bot) is killed just before the step's
 * effect, and one whose is killed just after it. All of one flow must end the same.
 */
import { setMaxListeners } from 'node:events';
import { connectTemporal } from '../../src/clients/temporal';
import { createPool } from '../../src/storage/postgres/pool';
import { runAuditMidway, runAuditTool, type AuditRun } from '../ledgers/auditTool';
import { judge, readExternalLedgers } from '../ledgers/external';
import { freeDaysOf } from '../ledgers/free';
import { giftDaysOf } from '../ledgers/gifts';
import { stuckLines, waitUntilIdle, type Unfinished } from '../ledgers/idle';
import type { Options } from '../options';
import { Chats } from '../buyers/chats';
import { control } from '../environment/standIns';
import type { Progress } from '../environment/tools';
import { startEnvironment, type Environment } from '../environment/environment';
import { createOwner } from '../environment/owner';
import { runRound, type Case } from './cases';
import { LIMIT_MS, type RunContext } from './context';
import { SECONDS_AFTER } from './flows';
import { JointKills } from './jointKills';
import { endOf, endsOf, type StepRow } from './report';
import { FLOWS, STEPS } from './steps';

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
/**
 * A kill for another buyer's trap can come between a step's effect and its answer. The process that repeats the step
 * then finds it done, and this buyer's trap never springs. Such a case is tried again with another buyer.
 */
const ROUNDS = 3;

export async function runSteps(options: Options, dir: string, progress: Progress): Promise<StepsOutcome> {
  const cases: Case[] = STEPS.flatMap((step) =>
    step.flows.flatMap((flow) =>
      (['before', 'after'] as const).map((moment) => ({ flow, step, moment, killed: [], buyers: [] })),
    ),
  );
  const environment = await startEnvironment({
    dir,
    progress,
    temporal: options.temporal,
    shortLimits: options.shortLimits,
  });
  const pool = createPool(environment.databaseUrl, { max: 3, onError: () => undefined });
  const temporal = await connectTemporal({
    connection: { address: environment.temporalAddress },
    namespace: environment.namespace,
  });
  const chats = new Chats(environment.urls.telegram);
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const kills = new JointKills(environment.supervisor);
  const { urls, toolEnv } = environment;
  const run: RunContext = {
    ...{ environment, kills, chats, stopped: stopped.signal },
    ...{ forms: [], friends: [], gifts: [], stumbled: [] },
    owner: createOwner({ pool, temporal: temporal.client, yookassaUrl: urls.yookassa, toolEnv }),
  };
  const began = performance.now();
  try {
    await chats.open();
    const sayer = setInterval(
      () => progress.log(`${cases.length - unmet(cases).length} of ${cases.length} steps have been met by a kill`),
      15_000,
    );
    let left: Partial<Unfinished> = {};
    let midway: AuditRun | undefined;
    for (let round = 0, next = FIRST_ID; round < ROUNDS && unmet(cases).length > 0; round += 1) {
      const again = unmet(cases);
      for (const one of again) one.buyers.push(next++);
      if (round > 0) {
        for (const { flow, step, moment } of again)
          progress.log(`${flow}: nobody came to "${step.name}" (${moment}); another buyer tries`);
        // Waiting until the shop was idle has moved YooKassa's clock on by hours.
        await control(`${environment.urls.yookassa}/_sim/clock`, 'PUT', { offsetMs: 0 });
      }
      const traps = await runRound(again, run);
      midway ??= await runAuditMidway(environment.toolEnv);
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
    const { rows: records } = await pool.query<{ user_id: number; status: string; provider_ref: string }>(
      'SELECT user_id, status, provider_ref FROM payments ORDER BY created_at',
    );
    const rows = cases.map(({ buyers, ...one }): StepRow => ({
      ...one,
      ends: buyers.map((id) => endOf(peopleOf(id), records, ledgers, keysOf(peopleOf(id), chats))),
    }));
    const audit = await runAuditTool(environment.toolEnv);
    const free = freeDaysOf({ ...run, trials: new Set(), claims: [] }, ledgers, chats);
    const judgement = judge(ledgers, run.forms, free, giftDaysOf(run.gifts, ledgers, chats));
    const problems = [
      ...run.stumbled,
      ...unmet(rows).map(({ flow, step, moment }) => `${flow}: nobody came to "${step.name}" (${moment})`),
      ...FLOWS.flatMap((flow) => {
        const ends = endsOf(flow, rows);
        return ends.length === 1 ? [] : [`${flow}s end in ${ends.length} ways: ${ends.join(' | ')}`];
      }),
      ...[
        ...judgement.lost,
        ...judgement.doubled,
        ...judgement.lostFree,
        ...judgement.doubledFree,
        ...judgement.unpaid,
      ],
      ...Object.entries(left)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${name} are still on their way`),
      ...(await stuckLines(pool)),
      ...(midway?.code === 2 ? [`the audit could not compare while orders were open: ${midway.output.trim()}`] : []),
      ...(audit.code === 0 ? [] : [`the audit ended with ${audit.code}`]),
    ];
    return {
      rows,
      temporal: environment.temporal,
      kills: kills.count,
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

const peopleOf = (id: number): number[] => [id, id + SECONDS_AFTER];

/** Different links in their chats. */
const keysOf = (ids: readonly number[], chats: Chats): number =>
  ids.reduce((sum, id) => sum + new Set(chats.of(id).keys()).size, 0);
