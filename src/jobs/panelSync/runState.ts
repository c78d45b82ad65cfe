import type { PanelSyncState } from '../../storage/postgres/panelSyncStates';
import type { RunOutcome } from './contract';

/** So many runs in a row without a sync, and the owner is told: an hour and a half. */
export const RUNS_BEFORE_NOTICE = 3;

/**
 * The state of a panel's sync after a run. Counting a run twice changes nothing.
 * @param isOutageTold the owners know that the panel is away or refuses the shop: a run that fails then is no news
 */
export function stateAfter(
  before: PanelSyncState | undefined,
  { serverCode, outcome, reading }: RunOutcome,
  runId: string,
  now: Date,
  isOutageTold: boolean,
): PanelSyncState {
  if (before?.runId === runId) return before;
  // The owner was asked when it began to wait; until they answer it is found still running.
  const isWaiting = outcome === 'still-running' && before?.outcome === 'waiting-for-operator';
  const hasFailed = outcome === 'away' || (outcome === 'still-running' && !isWaiting);
  // What the owners were told of the sync itself stays open until it is synced.
  const isStoppedTold = (before?.failedRuns ?? 0) >= RUNS_BEFORE_NOTICE;
  const counts = hasFailed && (!isOutageTold || isStoppedTold);
  const hasRead = reading !== undefined;
  return {
    serverCode,
    runId,
    outcome: isWaiting ? 'waiting-for-operator' : outcome,
    failedRuns: counts ? (before?.failedRuns ?? 0) + 1 : 0,
    failingSince: counts ? (before?.failingSince ?? now) : null,
    listFailingSince: listFailingSince(before, hasRead ? reading.isWhole : undefined, now),
    ...forAPerson(before, reading, now),
  };
}

/** @param reading `undefined`: it was not read, and what was found before stands */
function forAPerson(
  before: PanelSyncState | undefined,
  reading: RunOutcome['reading'],
  now: Date,
): Pick<PanelSyncState, 'forAPerson' | 'forAPersonSince'> {
  const { forAPerson: known = null, forAPersonSince: since = null } = before ?? {};
  const found = reading === undefined ? known : reading.forAPerson;
  if (found === null) return { forAPerson: null, forAPersonSince: null };
  return { forAPerson: found, forAPersonSince: found === known ? since : now };
}

/** @param isWhole whether the panel gave its list; `undefined`: it was not read */
function listFailingSince(before: PanelSyncState | undefined, isWhole: boolean | undefined, now: Date): Date | null {
  if (isWhole === true) return null;
  return before?.listFailingSince ?? (isWhole === false ? now : null);
}
