import type { BulkCounts, BulkPage, ListPosition } from './reminders';

export interface ExpiryActivities {
  /** Closes a batch of subscriptions whose end (and grace) has passed. `more`: call again. */
  closeExpired(): Promise<{ closed: number; more: boolean }>;
  /** How many closed subscriptions may still have to be told of. */
  countToTell(): Promise<{ subscriptions: number }>;
  /** Servers whose panels still have to be told. */
  serversToClose(): Promise<{ servers: readonly { readonly serverCode: string; readonly accounts: number }[] }>;
}

/** What one panel was told. */
export interface PanelClosing {
  readonly disabled: number;
  /** Were renewed while the panel was being told; opened again. */
  readonly reopened: number;
}

export interface ClosingActivities {
  /** Tells one panel about every end it has not confirmed. Fails while the panel is away; every account is safe to repeat. */
  closeOnPanel(input: { serverCode: string }): Promise<PanelClosing>;
}

export interface ExpiryBulkActivities {
  /** Tells one page of people that their subscription has ended, each once. */
  tellExpired(input: { after: ListPosition | null }): Promise<BulkPage>;
}

/** Where telling goes on after continue-as-new; a schedule gives none. */
export interface ExpiryInput {
  readonly resume?: {
    readonly closed: number;
    readonly onPanels: readonly PanelOutcome[];
    readonly telling: {
      readonly startedMs: number;
      readonly after: ListPosition;
      readonly total: number;
      readonly scanned: number;
      readonly counts: BulkCounts;
    };
  };
}

/** What became of one panel: without `closing` it was away. */
export interface PanelOutcome {
  readonly serverCode: string;
  readonly accounts: number;
  readonly closing?: PanelClosing;
}

export interface ExpirySummary {
  readonly closed: number;
  readonly disabled: number;
  readonly reopened: number;
  /** Panels that were away, with the accounts that wait for the next run or the next sync. */
  readonly panelsAway: readonly { readonly serverCode: string; readonly accounts: number }[];
  readonly told: BulkCounts;
}
