/**
 * Simulates a year: the shop's own workflows, activities, storage and gateways on a real Temporal, PostgreSQL and
 * Redis, the outside services over their wire, every clock moved from run to run. See README.md.
 */
import { Redis } from 'ioredis';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';
import type { ScheduleId } from '../../src/jobs';
import { SCHEDULES, type Timing } from '../../src/worker/schedules';
import { PANEL_SYNC_SIGNALS, panelSyncChildId, type PanelSyncSummary } from '../../src/jobs/panelSync/contract';
import { paymentWorkflowId } from '../../src/workflows/contracts/payment';
import { waitUntil } from '../support/wait';
import { createPeople } from './people';
import { FAILING, planYear, random, START, type YearOptions, type YearPlan } from './plan';
import { startShop, type SimulatedShop } from './services';
import { verdictOf, type Verdict } from './verdict';

export interface YearReport extends Verdict {
  readonly seconds: number;
  readonly runs: Readonly<Record<string, number>>;
  readonly failedRuns: readonly string[];
  readonly twice: number;
  readonly kills: number;
  readonly deploys: number;
  readonly missedReminderDays: number;
  readonly purchases: number;
  readonly proposals: number;
}

/** A moment, and the schedules whose runs begin at it, side by side as in the real shop. */
interface Moment {
  readonly at: number;
  readonly schedules: readonly string[];
}

/**
 * When each schedule runs in the simulated year, in hours of the UTC day. The frequent ones run at some of their times
 * only: a year has 61,000 of those.
 */
const HOURS: Readonly<Record<ScheduleId, readonly number[] | 'as-scheduled'>> = {
  'subscription-reminders': 'as-scheduled',
  'subscription-expiry': 'as-scheduled',
  'cleanup-cache': 'as-scheduled',
  'cleanup-payments': 'as-scheduled',
  'panel-sync': [18],
  'payment-reconciliation': [12],
  // The year's shop makes no receipts.
  'receipt-registration': [],
  // The year's shop gives no trials.
  'trial-reminders': [],
  // Nobody is invited there.
  'referral-rewards': [],
  'cleanup-fsm': [0],
  // The service watch and the audit do not run: the year compares outages and money itself.
  'service-watch': [],
  audit: [],
};

function hoursOf(id: string, timing: Timing): readonly number[] {
  const hours = HOURS[id as ScheduleId];
  if (hours !== 'as-scheduled') return hours;
  if ('dailyAt' in timing) return [timing.dailyAt[0] + timing.dailyAt[1] / 60];
  const everyHours = timing.everyMinutes / 60;
  return Array.from({ length: Math.ceil(24 / everyHours) }, (_, run) => run * everyHours);
}

/** These run every third day, and every day about the outage. */
const NOW_AND_THEN = new Set(['panel-sync', 'payment-reconciliation', 'cleanup-fsm', 'cleanup-cache']);

function momentsOf(plan: YearPlan): Moment[] {
  const runs: { at: number; schedule: string }[] = [];
  for (let day = 0; START + day * DAY_MS < plan.end; day += 1) {
    const midnight = START + day * DAY_MS;
    for (const { id, timing } of SCHEDULES) {
      if ('weekday' in timing && new Date(midnight).getUTCDay() !== 0) continue;
      if (id === 'subscription-reminders' && plan.missedReminders.has(day)) continue;
      const aboutOutage = midnight > plan.outage.from - 2 * DAY_MS && midnight < plan.outage.to + 2 * DAY_MS;
      if (NOW_AND_THEN.has(id) && day % 3 !== 0 && !aboutOutage) continue;
      for (const hour of hoursOf(id, timing)) runs.push({ at: midnight + hour * HOUR_MS, schedule: id });
    }
  }
  // One more round of everything, so that the last day's acts have their effect, and one for what the first of them
  // missed because a worker was killed meanwhile: the shop's next run.
  for (const at of [plan.end, plan.end + HOUR_MS]) {
    for (const id of ['subscription-expiry', 'panel-sync', 'payment-reconciliation']) runs.push({ at, schedule: id });
  }
  const schedules = new Map<number, string[]>();
  for (const { at, schedule } of runs) schedules.set(at, [...(schedules.get(at) ?? []), schedule]);
  return [...schedules].map(([at, names]) => ({ at, schedules: names })).toSorted((a, b) => a.at - b.at);
}

const WORKERS = 2;

/** @param say told now and then how far it is */
export async function runYear(
  options: YearOptions,
  say: (line: string) => void = () => undefined,
): Promise<YearReport> {
  const begun = performance.now();
  const plan = planYear(options);
  const draw = random(options.seed + 1);
  const shop = await startShop(WORKERS);
  try {
    const life = createLife(shop, plan, draw);
    await life.plantRubbish();
    const moments = momentsOf(plan);
    for (const [index, moment] of moments.entries()) {
      await life.peopleUntil(moment.at);
      await shop.advanceTo(moment.at);
      await life.live(moment, index, moments.length);
      if (index % 50 === 0)
        say(
          `${new Date(moment.at).toISOString().slice(0, 16)}: ${index} of ${moments.length} moments, ${Math.round((performance.now() - begun) / 1_000)} s`,
        );
    }
    await life.untilIdle();
    const verdict = await verdictOf(shop, plan);
    return {
      ...verdict,
      ...life.counts(),
      missedReminderDays: plan.missedReminders.size,
      seconds: Math.round((performance.now() - begun) / 1_000),
    };
  } finally {
    await shop.close();
  }
}

function createLife(shop: SimulatedShop, plan: YearPlan, draw: () => number) {
  const people = createPeople(shop);
  const acts = [
    ...plan.people.flatMap((person) =>
      person.acts.map((act) => ({
        at: act.at,
        user: person.id,
        do: () => people.act(person, act),
        days: 'days' in act,
      })),
    ),
    ...plan.mischief.map((one) => ({ at: one.at, user: 0, do: () => people.mischief(one), days: false })),
  ].toSorted((a, b) => a.at - b.at);
  const counted: Record<string, number> = {};
  const failedRuns: string[] = [];
  const sums = { twice: 0, kills: 0, deploys: 0, purchases: 0, proposals: 0 };
  let next = 0;
  let last = 0;
  let away = false;

  const outage = async (at: number): Promise<void> => {
    const shouldBe = at >= plan.outage.from && at < plan.outage.to;
    if (shouldBe === away) return;
    away = shouldBe;
    await fetch(`${shop.panels[FAILING]!.url}/_sim/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ down: away }),
    });
  };

  /** Several people at a time; what one does, in its order. */
  async function sideBySide(some: readonly (typeof acts)[number][]): Promise<void> {
    const lines = [...new Set(some.map(({ user }) => user))].map((user) => some.filter((act) => act.user === user));
    const walk = async () => {
      for (let line = lines.pop(); line; line = lines.pop()) for (const act of line) await shop.at(act.at, act.do);
    };
    await Promise.all(Array.from({ length: 6 }, walk));
  }

  async function start(schedule: string, id: string): Promise<unknown> {
    const { workflow, taskQueue, args } = SCHEDULES.find((one) => one.id === schedule)!;
    counted[schedule] = (counted[schedule] ?? 0) + 1;
    try {
      return await shop.temporal.client.workflow.execute(workflow, { workflowId: id, taskQueue, args: [...args] });
    } catch (error) {
      failedRuns.push(`${id}: ${String((error as Error).cause ?? error)}`);
      return undefined;
    }
  }

  /** A panel's part that waits for an operator gets their word, as the alert asks. */
  async function decide(summary: PanelSyncSummary | undefined): Promise<void> {
    for (const { serverCode, outcome } of summary?.others ?? []) {
      if (outcome !== 'waiting-for-operator') continue;
      sums.proposals += 1;
      const part = shop.temporal.client.workflow.getHandle(panelSyncChildId(serverCode));
      await part.signal(PANEL_SYNC_SIGNALS.approve);
      await part.result();
    }
  }

  /** Kills are spread evenly over the moments, a little after the runs have begun. */
  async function perhapsKill(index: number, total: number): Promise<void> {
    const due =
      Math.floor(((index + 1) * plan.options.kills) / total) > Math.floor((index * plan.options.kills) / total);
    if (!due) return;
    await new Promise((resolve) => setTimeout(resolve, draw() * 120));
    const how = draw() < 0.6 ? 'kill' : 'gently';
    sums[how === 'kill' ? 'kills' : 'deploys'] += 1;
    await shop.replaceWorker(Math.floor(draw() * WORKERS), how);
  }

  return {
    /** What people and administrators do before `at`, several people side by side, each one's acts in order. */
    async peopleUntil(at: number): Promise<void> {
      const batch: typeof acts = [];
      while (next < acts.length && acts[next]!.at <= at) batch.push(acts[next++]!);
      sums.purchases += batch.filter(({ days }) => days).length;
      const edges = [plan.outage.from, plan.outage.to].filter((edge) => edge > last && edge <= at);
      last = at;
      for (const edge of edges) {
        await sideBySide(batch.splice(0, batch.findLastIndex((act) => act.at < edge) + 1));
        await outage(edge);
      }
      await sideBySide(batch);
    },

    async live({ schedules, at }: Moment, index: number, total: number): Promise<void> {
      // A payment that waits for a panel gives the money back a day later; here that day must not be over
      // sooner. Before the runs: who is found by them has all of their day before them.
      if (schedules.includes('payment-reconciliation') && away) await waitForRefunds(shop, at);
      const runs = schedules.map(async (schedule) => {
        const id = `${schedule}-${new Date(at).toISOString()}`;
        const again = draw() < 0.05;
        if (again) sums.twice += 1;
        const [summary] = await Promise.all([start(schedule, id), ...(again ? [start(schedule, `${id}-again`)] : [])]);
        if (schedule === 'panel-sync') await decide(summary as PanelSyncSummary | undefined);
      });
      await Promise.all([...runs, perhapsKill(index, total)]);
    },

    /** Waits until every workflow has ended. */
    async untilIdle(): Promise<void> {
      const running = async () => (await shop.temporal.client.workflow.count(`ExecutionStatus = 'Running'`)).count;
      await waitUntil(async () => (await running()) === 0, {
        what: 'every workflow has ended',
        timeoutMs: 120_000,
        everyMs: 500,
      });
    },

    async plantRubbish(): Promise<void> {
      const redis = new Redis(`${shop.redisUrl}/0`);
      await redis.hset('fsm:{1:6:6}', { rev: 'x', version: '1', data: '{}' });
      await redis.set('session:{1:8}:settings', 'not a hash', 'EX', 900_000);
      await redis.select(1);
      await redis.set('cache:{user:1}', 'not json', 'EX', 900_000);
      await redis.set('payment:forever', '{}');
      redis.disconnect();
    },

    counts: () => ({ ...sums, runs: counted, failedRuns }),
  };
}

/** Those paid more than a day before `at` and not delivered have their money back before the clock is moved on. */
async function waitForRefunds(shop: SimulatedShop, at: number): Promise<void> {
  const overdue = async () =>
    (
      await shop.pool.query<{ id: string; status: string }>(
        `SELECT id, status, reason, paid_at, server_code FROM payments WHERE status IN ('paid', 'delayed', 'refunding') AND paid_at < $1`,
        [new Date(at - 30 * HOUR_MS)],
      )
    ).rows;
  await waitUntil(async () => (await overdue()).length === 0, {
    what: 'money that waited for a day is refunded',
    timeoutMs: 90_000,
    everyMs: 100,
  }).catch(async (error: unknown) => {
    const descriptions = (await overdue()).map(async (payment) => {
      const workflow = await shop.temporal.client.workflow
        .getHandle(paymentWorkflowId(payment.id))
        .describe()
        .catch(String);
      return {
        ...payment,
        workflow:
          typeof workflow === 'string'
            ? workflow
            : {
                status: workflow.status.name,
                started: workflow.startTime,
                pending: workflow.raw.pendingActivities?.map(
                  ({ activityType, state, attempt, lastFailure }) =>
                    `${activityType?.name} ${state} ${attempt} ${lastFailure?.message}`,
                ),
              },
      };
    });
    throw new Error(`${String(error)}: ${JSON.stringify(await Promise.all(descriptions))}`);
  });
}
