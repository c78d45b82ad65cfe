import type { BulkCounts, BulkPage, ListPosition } from '../bulkMessages/contract';
import type { JobContract } from '../jobContract';

export const expiry = {
  workflow: 'subscriptionExpiry',
  schedules: {
    'subscription-expiry': {
      timing: { everyMinutes: 6 * 60 },
      catchupMinutes: 6 * 60,
      limitMinutes: 12 * 60,
      jitterSeconds: 60,
      note: 'Ends subscriptions that have expired, deactivates them on their panels, tells the buyers once.',
    },
  },
} as const satisfies JobContract;

export interface ExpiryActivities {
  /** Marks a batch of subscriptions as expired whose end (and grace) has passed. `more`: call again. */
  expireSubscriptions(): Promise<{ expired: number; more: boolean }>;
  /** How many expired subscriptions may still need a notice. */
  countExpiryNotices(): Promise<{ subscriptions: number }>;
  /** Servers whose panels still have to be told of an end. */
  serversToDeactivate(): Promise<{ servers: readonly ServerToDeactivate[] }>;
}

export interface ServerToDeactivate {
  readonly serverCode: string;
  readonly accounts: number;
}

/** What one panel was told. */
export interface PanelDeactivations {
  readonly deactivated: number;
  /** Were renewed while the panel was being told; activated again. */
  readonly reactivated: number;
}

export interface DeactivationActivities {
  /**
   * Tells one panel about every end it has not confirmed; telling it twice does no harm.
   * @throws while the panel is away
   */
  deactivateOnPanel(input: { serverCode: string }): Promise<PanelDeactivations>;
}

export interface ExpiryBulkActivities {
  /** Tells one page of people that their subscription has ended, each once. */
  sendExpiryNotices(input: { after: ListPosition | null }): Promise<BulkPage>;
}

/** How far the notices have come. */
export interface NoticesProgress {
  readonly startedMs: number;
  readonly after: ListPosition | null;
  readonly total: number;
  readonly scanned: number;
  readonly counts: BulkCounts;
}

/** Where the notices go on after continue-as-new; a schedule gives none. */
export interface ExpiryInput {
  readonly resume?: {
    readonly expired: number;
    readonly onPanels: readonly PanelOutcome[];
    readonly notices: NoticesProgress;
  };
}

/** What became of one panel: without `deactivations` it was away. */
export interface PanelOutcome extends ServerToDeactivate {
  readonly deactivations?: PanelDeactivations;
}

export interface ExpirySummary extends PanelDeactivations {
  readonly expired: number;
  /** Panels that were away, with the accounts that wait for the next run or the next sync. */
  readonly panelsAway: readonly ServerToDeactivate[];
  readonly notices: BulkCounts;
}
