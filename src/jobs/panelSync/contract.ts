import { defineSignal } from '@temporalio/workflow';
import type { DriftKind } from '../../domain/panelDrift';
import type { PanelDeactivations } from '../expiry/contract';
import type { JobContract } from '../jobContract';

export const panelSync = {
  workflow: 'panelSync',
  schedules: {
    'panel-sync': {
      timing: { everyMinutes: 30 },
      catchupMinutes: 10,
      limitMinutes: 60,
      jitterSeconds: 120,
      note: 'Reads every panel: records usage and load; repairs differences, or asks when there are too many.',
    },
  },
} as const satisfies JobContract;

/** One panel's part of a sync. */
export const PANEL_SYNC_CHILD_WORKFLOW = 'panelSyncOf';

/** The workflow id of one panel's part. */
export function panelSyncChildId(serverCode: string): string {
  return `panel-sync-${serverCode}`;
}

export const PANEL_SYNC_SIGNALS = {
  /** An operator allows the proposed repairs. */
  approve: defineSignal('approve'),
  /** An operator wants nothing changed. */
  reject: defineSignal('reject'),
  /** From a panel's part to its run, with the server's code: it waits for an operator, the run need not. */
  waiting: defineSignal<[serverCode: string]>('waiting'),
} as const;

export type DriftCounts = Readonly<Partial<Record<DriftKind, number>>>;

export interface PanelReading {
  /** Our accounts on this panel that are not revoked, and all accounts it shows. */
  readonly ours: number;
  readonly theirs: number;
  /** Usage and status lines that had changed and were written. */
  readonly written: number;
  readonly drift: DriftCounts;
  readonly repairs: number;
  /** So many repairs that an operator must allow them. */
  readonly needsApproval: boolean;
  /** Accounts whose unlimited time is over, to be limited to what was bought besides. */
  readonly toLimit: number;
  /** False: the panel could not give its list, so only the shop's accounts were read, one by one. */
  readonly isWhole: boolean;
  /** How many of them the panel has and can't show. */
  readonly unreadable: number;
  /** A digest of the accounts that only a person can put right (`FOR_A_PERSON`); `null`: there are none. */
  readonly forAPerson: string | null;
}

/** How far a panel is from the database. */
export type PanelDifferences = Pick<PanelReading, 'ours' | 'theirs' | 'drift' | 'repairs'>;

export interface PanelSyncActivities {
  /** Servers to sync, and those with open revocations of access, sold from or not. */
  panelsToSync(): Promise<{ servers: readonly string[]; withRevocations: readonly string[] }>;
  /**
   * Tells one panel again about every open revocation: a delivery that was sent before one may have landed after it.
   * @throws while the panel is away
   */
  revokeAgain(input: { serverCode: string }): Promise<{ revoked: number }>;
  /**
   * Reads one panel: usage, status and load go into PostgreSQL, differences under `runId`. Changes nothing on the
   * panel.
   */
  readPanel(input: { serverCode: string; runId: string }): Promise<PanelReading>;
  /**
   * Makes the repairs stored under `runId`, each checked against the database once more. `refused`: the panel does not
   * take them.
   */
  repairPanel(input: {
    serverCode: string;
    runId: string;
  }): Promise<{ repaired: number; outdated: number; refused: number }>;
  /** Limits the accounts of one panel whose unlimited time is over. Safe to repeat. */
  limitTraffic(input: { serverCode: string }): Promise<{ limited: number }>;
  /** Records how a run went on one panel, and tells the owners what they should know of its sync. */
  recordRun(input: { runId: string } & RunOutcome): Promise<void>;
  /** Tells the owner, once per run, that a panel's sync waits for them. */
  askOwner(input: { serverCode: string; runId: string; reading: PanelDifferences }): Promise<void>;
}

export interface PanelSyncChildInput {
  readonly serverCode: string;
  /** The run to tell when this part waits for an operator. */
  readonly parentId: string;
}

export interface PanelSyncOutcome {
  readonly serverCode: string;
  readonly outcome: 'synced' | 'away' | 'waiting-for-operator' | 'still-running' | 'rejected';
  readonly reading?: PanelReading;
  readonly deactivations?: PanelDeactivations;
  readonly repaired?: number;
  readonly reason?: string;
}

/** What became of one panel in a run. */
export type RunOutcome = Pick<PanelSyncOutcome, 'serverCode' | 'outcome' | 'reason' | 'reading'>;

export interface PanelSyncSummary {
  readonly panels: number;
  readonly synced: number;
  readonly accounts: number;
  readonly written: number;
  readonly repaired: number;
  /** Open revocations of access that panels have confirmed once more. */
  readonly revoked: number;
  readonly drift: DriftCounts;
  /** Everything that did not go through, by server. */
  readonly others: readonly {
    readonly serverCode: string;
    readonly outcome: PanelSyncOutcome['outcome'];
    readonly reason?: string;
  }[];
}
