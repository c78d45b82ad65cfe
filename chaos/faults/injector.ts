/** Carries out the plan of faults, counts what it has done, and lifts everything again. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { STEPS } from '../steps/steps';
import { Trap } from '../steps/trap';
import type { Link, Reader } from '../wire/link';
import { control } from '../environment/standIns';
import type { Environment } from '../environment/environment';
import type { FaultKind, PlannedFault } from './plan';

type Target = Pick<Environment, 'supervisor' | 'links' | 'urls' | 'redisUrl' | 'hit'>;

/** How long a panel takes that commits late: several of a delivery's first attempts. */
export const LATE_COMMIT_MS = 8_000;

const DAY_SECONDS = 86_400;

export class FaultInjector {
  /** Faults that were really injected, by kind. */
  readonly faults = new Map<FaultKind, number>();
  /** Processes that were really killed, by name. */
  readonly kills = new Map<string, number>();
  /** Kills at a named step, as `before: the money is recorded`. */
  readonly atSteps = new Map<string, number>();
  lastAt = performance.now();
  readonly #environment: Target;
  readonly #say: (line: string) => void;
  readonly #lifted = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #armed = new Set<{ reader: Reader; links: readonly Link[] }>();

  constructor(environment: Target, say: (line: string) => void) {
    // Each fault in force listens to this signal, and any number of them may be in force.
    setMaxListeners(0, this.#lifted.signal);
    this.#environment = environment;
    this.#say = say;
  }

  /** Until the plan is carried out or `stopped`. */
  async run(plan: readonly PlannedFault[], stopped: AbortSignal): Promise<void> {
    const began = performance.now();
    for (const fault of plan) {
      await pause(Math.max(0, began + fault.atMs - performance.now()), undefined, { signal: stopped }).catch(
        () => undefined,
      );
      if (stopped.aborted) return;
      const work = this.#inject(fault)
        .catch((error: unknown) => this.#say(`fault "${fault.kind}" could not be injected: ${String(error)}`))
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
  }

  /** Ends every fault; what was killed is up again some seconds later, by itself. */
  async liftAll(): Promise<void> {
    this.#lifted.abort();
    for (const { reader, links } of this.#armed) for (const link of links) link.unread(reader);
    await Promise.all(this.#running);
  }

  /** @returns false when there is no such process, or it is down already */
  kill(meant: string, downMs: number): boolean {
    const name = this.#environment.hit(meant);
    if (name === undefined || !this.#environment.supervisor.kill(name, downMs)) return false;
    this.kills.set(name, (this.kills.get(name) ?? 0) + 1);
    this.lastAt = performance.now();
    return true;
  }

  #count(kind: FaultKind): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.lastAt = performance.now();
  }

  async #inject(fault: PlannedFault): Promise<void> {
    const { kind, which, forMs, times } = fault;
    const { telegram, yookassa } = this.#environment.urls;
    const panel = this.#environment.urls[`panel-${which}`];
    const links = this.#linksOf(fault);
    const kill = (...names: string[]) => {
      if (names.map((name) => this.kill(name, forMs)).some(Boolean)) this.#count(kind);
    };
    const once = async (url: string, switches: Record<string, unknown>) => {
      await control(`${url}/_sim/faults`, 'PUT', switches);
      this.#count(kind);
    };
    const meanwhile = (url: string, switches: Record<string, unknown>) =>
      this.#meanwhile(
        kind,
        forMs,
        () => control(`${url}/_sim/faults`, 'PUT', switches),
        () =>
          control(`${url}/_sim/faults`, 'PUT', Object.fromEntries(Object.keys(switches).map((name) => [name, null]))),
      );
    switch (kind) {
      case 'kill worker':
        return kill(`worker-${which}`);
      case 'kill both workers':
        return kill('worker-1', 'worker-2');
      case 'kill bot':
        return kill(`bot-${which}`);
      case 'kill both bots':
        return kill('bot-1', 'bot-2');
      case 'kill Temporal':
        return kill('temporal');
      case 'kill PostgreSQL':
        return kill('postgres');
      case 'kill Redis':
        return kill('redis');
      case 'kill at a step':
        return this.#arm(fault);
      case 'empty Redis':
        return this.#emptyRedis();
      case 'cut connections':
        for (const link of links) link.cut();
        return links.length > 0 ? this.#count(kind) : undefined;
      case 'slow network':
        return links.length > 0
          ? this.#meanwhile(
              kind,
              forMs,
              () => links.forEach((link) => (link.delayMs = 150 * times)),
              () => links.forEach((link) => (link.delayMs = 0)),
            )
          : undefined;
      case 'silent network':
        return links.length > 0
          ? this.#meanwhile(
              kind,
              forMs,
              () => links.forEach((link) => (link.stalled = true)),
              () => links.forEach((link) => (link.stalled = false)),
            )
          : undefined;
      case 'YooKassa: 500 after committing':
        return once(yookassa, { error500: { when: 'after', times, method: 'POST' } });
      case 'YooKassa: reset after committing':
        return once(yookassa, { reset: { afterCommit: true, times, method: 'POST' } });
      case 'YooKassa: answer after the caller has left':
        return once(yookassa, { hang: { ms: 35_000, afterCommit: which === 1, times: 1, method: 'POST' } });
      case 'YooKassa: 429':
        return once(yookassa, {
          tooManyRequests: { retryAfterMs: 1_500, as: which === 1 ? 'body' : 'header', times: times * 3 },
        });
      case 'YooKassa: 429 for a day':
        return meanwhile(yookassa, {
          tooManyRequests: { retryAfterMs: DAY_SECONDS * 1_000, as: which === 1 ? 'body' : 'header' },
        });
      case 'YooKassa: 202 processing':
        return once(yookassa, { processing202: { retryAfterMs: 1_000, times } });
      case 'YooKassa: away':
        return meanwhile(yookassa, { down: true });
      case 'webhooks lost':
        return meanwhile(yookassa, { webhooksLost: true });
      case 'webhooks repeated':
        return meanwhile(yookassa, { webhookDuplicates: times });
      case 'webhooks reordered':
        return meanwhile(yookassa, { webhookReorder: true });
      case 'webhooks late':
        return meanwhile(yookassa, { webhookDelayMs: forMs });
      case 'panel: away':
        // Long enough that the buyer is told of the delay and decides.
        return this.#meanwhile(
          kind,
          forMs * 3,
          () => control(`${panel}/_sim/faults`, 'PUT', { down: true }),
          () => control(`${panel}/_sim/faults`, 'PUT', { down: null }),
        );
      case 'panel: 502':
        return meanwhile(panel, { error502: true });
      case 'panel: 429 for a day':
        return meanwhile(panel, { tooManyRequests: { retryAfter: DAY_SECONDS } });
      case 'panel: reset after committing':
        return once(panel, { resetAfterCommit: { times } });
      case 'panel: 500 after committing':
        return once(panel, { error500AfterCommit: { times } });
      case 'panel: commits late':
        return once(panel, { commitsLate: { times, ms: LATE_COMMIT_MS } });
      case 'panel: half a user made':
        return once(panel, { halfCreate: { times: 1 } });
      case 'panel: database conflict':
        return once(panel, { sqlConflict: { times } });
      case 'panel: nonsense':
        return meanwhile(panel, { nonsense: which === 1 ? true : 'truncated' });
      case 'panel: slow':
        return meanwhile(panel, { latencyMs: 400 * times });
      case 'Telegram: away':
        return meanwhile(telegram, { down: true });
      case 'Telegram: 502 now and then':
        return meanwhile(telegram, { errorRate: 0.3 });
      case 'Telegram: 429':
        return once(telegram, { tooManyRequests: { retryAfter: 1, times: times * 3 } });
      case 'Telegram: 429 for a day':
        return meanwhile(telegram, { tooManyRequests: { retryAfter: DAY_SECONDS } });
      case 'Telegram: reset after sending':
        return once(telegram, { resetAfterCommit: { method: which === 1 ? '*' : 'sendPhoto', times } });
      case 'Telegram: updates twice':
        return meanwhile(telegram, { duplicateUpdates: true });
    }
  }

  /** One process's way to one dependency. */
  #linksOf({ process, dependency }: PlannedFault): Link[] {
    const owner = this.#environment.hit(process);
    return this.#environment.links.filter(
      (link) => link.owner !== undefined && link.owner === owner && link.dependency === dependency,
    );
  }

  async #meanwhile(kind: FaultKind, forMs: number, begin: () => unknown, end: () => unknown): Promise<void> {
    await begin();
    this.#count(kind);
    await pause(forMs, undefined, { signal: this.#lifted.signal }).catch(() => undefined);
    await end();
    this.lastAt = performance.now();
  }

  /** Kills the process that reaches the step next. */
  async #arm({ kind, step: name, moment, forMs }: PlannedFault): Promise<void> {
    const step = STEPS.find((one) => one.name === name)!;
    const links = this.#environment.links.filter(
      ({ dependency, owner }) => dependency === step.on && (owner === undefined || owner.startsWith(step.by)),
    );
    await new Promise<void>((resolve) => {
      const trap: Trap = new Trap({
        step,
        moment,
        spring: (link) => {
          for (const each of links) each.unread(trap);
          this.#armed.delete(armed);
          // The workers share the link to a panel, so it is unknown which of them reached the step: both are killed.
          const killed = (link.owner === undefined ? ['worker-1', 'worker-2'] : [link.owner])
            .map((process) => this.kill(process, Math.min(forMs, 3_000)))
            .some(Boolean);
          if (killed) {
            this.#count(kind);
            const key = `${moment}: ${name}`;
            this.atSteps.set(key, (this.atSteps.get(key) ?? 0) + 1);
          }
          resolve();
        },
      });
      const armed = { reader: trap, links };
      this.#armed.add(armed);
      for (const link of links) link.read(trap);
      this.#lifted.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #emptyRedis(): Promise<void> {
    if (this.#environment.redisUrl === '') return;
    const redis = new Redis(this.#environment.redisUrl, {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      await redis.flushall();
      this.#count('empty Redis');
    } finally {
      redis.disconnect();
    }
  }
}
