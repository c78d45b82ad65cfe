import type { OwnerNotice, TellOwners } from '../../activities/ownerNotice';
import {
  accountsForAPersonScreen,
  listFailingScreen,
  syncResumedScreen,
  syncStoppedScreen,
} from '../../messages/screens/panelSync';
import { workflowPage, type TemporalUi } from '../../messages/screens/webUi';
import type { OutagesRepository } from '../../storage/postgres/outages';
import type { PanelSyncStatesRepository } from '../../storage/postgres/panelSyncStates';
import { panelSyncChildId, type RunOutcome } from './contract';
import { RUNS_BEFORE_NOTICE, stateAfter } from './runState';

export interface RecordRunDependencies {
  readonly panelSyncStates: PanelSyncStatesRepository;
  readonly outages: Pick<OutagesRepository, 'newestOf'>;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly now: () => Date;
}

/** The kind of these notices in `notifications`. */
const KIND = 'panel-sync' satisfies OwnerNotice;

/**
 * Records how a run went on one panel, and tells the owners, each once for each time it happens: that the panel has not
 * been synced for three runs, that it is synced again, that it can't give its list of accounts, and that accounts
 * differ which only a person can put right. Of a panel that is away they have the outage's messages, so its runs are
 * not counted.
 */
export async function recordRun(
  { panelSyncStates, outages, tellOwners, temporalUi, now }: RecordRunDependencies,
  runId: string,
  run: RunOutcome,
): Promise<void> {
  const { serverCode } = run;
  const before = await panelSyncStates.of(serverCode);
  const mayHaveFailed = run.outcome === 'away' || run.outcome === 'still-running';
  const after = stateAfter(before, run, runId, now(), mayHaveFailed && (await isOutageTold(outages, serverCode)));
  const workflowUrl = workflowPage(temporalUi, panelSyncChildId(serverCode));
  if (after.failingSince !== null && after.failedRuns >= RUNS_BEFORE_NOTICE) {
    const stopped = { serverCode, runs: after.failedRuns, reason: run.reason, workflowUrl };
    await tellOwners(KIND, `stopped:${serverCode}:${after.failingSince.toISOString()}`, (language) =>
      syncStoppedScreen(stopped, language),
    );
  }
  if (before?.failingSince && before.failedRuns >= RUNS_BEFORE_NOTICE && run.outcome === 'synced')
    await tellOwners(KIND, `resumed:${serverCode}:${before.failingSince.toISOString()}`, (language) =>
      syncResumedScreen({ serverCode }, language),
    );
  if (after.listFailingSince !== null && run.reading !== undefined) {
    const failing = { serverCode, unreadable: run.reading.unreadable, workflowUrl };
    await tellOwners(KIND, `list:${serverCode}:${after.listFailingSince.toISOString()}`, (language) =>
      listFailingScreen(failing, language),
    );
  }
  if (run.reading && after.forAPersonSince !== null) {
    const found = { serverCode, drift: run.reading.drift };
    const subject = `for-a-person:${serverCode}:${after.forAPerson}:${after.forAPersonSince.toISOString()}`;
    await tellOwners(KIND, subject, (language) => accountsForAPersonScreen(found, language));
  }
  // Last: what could not be told is told by a repeat of this.
  await panelSyncStates.save(after);
}

/** A panel that makes no keys answers all the same: that it is not synced is something else. */
async function isOutageTold(outages: RecordRunDependencies['outages'], serverCode: string): Promise<boolean> {
  const outage = await outages.newestOf({ service: 'hiddify', serverCode });
  return outage !== undefined && outage.endedAt === null && outage.toldAt !== null && outage.kind !== 'no-keys';
}
