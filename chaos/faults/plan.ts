/** What breaks, when, and for how long: drawn from the seed before anything starts. */
import type { Random } from '../random';
import { STEPS } from '../steps/steps';
import { ENGINES, OUR_PROCESSES, type Engine, type OurProcess } from '../environment/environment';

export type FaultKind = keyof typeof WEIGHTS;

const WEIGHTS = {
  /** SIGKILL, started again after a pause. */
  'kill worker': 8,
  'kill both workers': 2,
  'kill bot': 7,
  'kill both bots': 1,
  'kill Temporal': 2,
  'kill PostgreSQL': 2,
  'kill Redis': 3,
  /** SIGKILL when a process is at a named step, just before its effect or just after it. */
  'kill at a step': 12,
  /** All data in Redis is deleted. */
  'empty Redis': 1,
  /** Every connection of one process to one dependency is reset. */
  'cut connections': 8,
  'slow network': 5,
  /** Nothing is delivered in either direction, and neither side gets an error. */
  'silent network': 3,
  'YooKassa: 500 after committing': 6,
  'YooKassa: reset after committing': 4,
  'YooKassa: answer after the caller has left': 2,
  'YooKassa: 429': 4,
  /** The fault ends after seconds, but the shop has been told to wait for a day. */
  'YooKassa: 429 for a day': 2,
  'YooKassa: 202 processing': 3,
  'YooKassa: away': 3,
  'webhooks lost': 4,
  'webhooks repeated': 4,
  'webhooks reordered': 3,
  'webhooks late': 3,
  'panel: away': 5,
  'panel: 502': 3,
  'panel: 429 for a day': 2,
  'panel: reset after committing': 4,
  'panel: 500 after committing': 4,
  'panel: commits late': 4,
  'panel: half a user made': 3,
  'panel: database conflict': 3,
  'panel: nonsense': 2,
  'panel: slow': 2,
  'Telegram: away': 3,
  'Telegram: 502 now and then': 3,
  'Telegram: 429': 3,
  'Telegram: 429 for a day': 2,
  'Telegram: reset after sending': 4,
  'Telegram: updates twice': 3,
} as const;

export interface PlannedFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly process: OurProcess;
  /** `-1` or `-2`: which of the two bots, workers or panels. */
  readonly which: 1 | 2;
  readonly dependency: Engine | 'telegram' | 'yookassa';
  readonly forMs: number;
  readonly times: number;
  /** For a kill at a step. */
  readonly step: string;
  readonly moment: 'before' | 'after';
}

/** Faults in which a service asks for a long pause. The shop waits for minutes then, whatever its other limits are. */
const LONG_PAUSES: readonly FaultKind[] = [
  'YooKassa: 429 for a day',
  'panel: 429 for a day',
  'Telegram: 429 for a day',
];

/**
 * @param meanMs between two faults, on average
 * @param withLongPauses whether services also name pauses of a day
 */
export function planFaults(random: Random, spanMs: number, meanMs: number, withLongPauses = true): PlannedFault[] {
  const weights = Object.fromEntries(
    Object.entries(WEIGHTS).filter(([kind]) => withLongPauses || !LONG_PAUSES.includes(kind as FaultKind)),
  ) as typeof WEIGHTS;
  const faults: PlannedFault[] = [];
  for (let atMs = random.pause(meanMs); atMs < spanMs; atMs += random.pause(meanMs)) {
    faults.push({
      atMs: Math.round(atMs),
      kind: random.weighted(weights),
      process: random.pick(OUR_PROCESSES),
      which: random.chance(0.5) ? 1 : 2,
      dependency: random.pick([...ENGINES, 'telegram', 'yookassa']),
      forMs: random.whole(1_500, 7_000),
      times: random.whole(1, 3),
      step: random.pick(STEPS).name,
      moment: random.chance(0.5) ? 'before' : 'after',
    });
  }
  return faults;
}
