import type { Queryable } from './pool';
import { queryRow } from './query';
import { camelCased } from './tables/columns';
import { panelSyncStateRow } from './tables/operations';

/** How the last run of the panel sync went on a server. */
export interface PanelSyncState {
  readonly serverCode: string;
  /** The run that was counted last. */
  readonly runId: string;
  readonly outcome: string;
  /** Runs in a row that have not ended with a sync. */
  readonly failedRuns: number;
  readonly failingSince: Date | null;
  /** Since when the panel can't give its list of accounts. */
  readonly listFailingSince: Date | null;
  /** A digest of the accounts that only a person can put right; `null`: there are none. */
  readonly forAPerson: string | null;
  /** Since when every run has found the same. */
  readonly forAPersonSince: Date | null;
}

const state = panelSyncStateRow.omit({ updated_at: true }).transform((row): PanelSyncState => camelCased(row));

export type PanelSyncStatesRepository = ReturnType<typeof createPanelSyncStatesRepository>;

export function createPanelSyncStatesRepository(db: Queryable) {
  return {
    of: (serverCode: string): Promise<PanelSyncState | undefined> =>
      queryRow(db, state, 'SELECT * FROM panel_sync_states WHERE server_code = $1', [serverCode]),

    async save(next: PanelSyncState): Promise<void> {
      await db.query(
        `INSERT INTO panel_sync_states (server_code, run_id, outcome, failed_runs, failing_since, list_failing_since, for_a_person, for_a_person_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (server_code) DO UPDATE SET run_id = $2, outcome = $3, failed_runs = $4, failing_since = $5,
           list_failing_since = $6, for_a_person = $7, for_a_person_since = $8, updated_at = now()`,
        [
          ...[next.serverCode, next.runId, next.outcome, next.failedRuns, next.failingSince, next.listFailingSince],
          ...[next.forAPerson, next.forAPersonSince],
        ],
      );
    },
  };
}
