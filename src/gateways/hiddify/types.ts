/** How a panel behaves, by its major version: A up to 12, B for 13, C from 14. */
export type PanelFamily = 'A' | 'B' | 'C';

export interface PanelInfo {
  /** As the panel says it, `14.0.5`. */
  readonly version: string;
  readonly family: PanelFamily;
}

/** The wanted state of one buyer's account on a panel. Absolute, so that setting it twice changes nothing. */
export interface PanelUserState {
  /**
   * Chosen and stored by the shop before the first call; lower case, version 4 (older panels replace others by a random
   * one).
   */
  readonly uuid: string;
  /** Shown in the panel and in the customer's app; cut to 100 characters. */
  readonly name: string;
  /** `YYYY-MM-DD` on the panel's calendar, from `panelPeriod`. */
  readonly startDate: string;
  readonly packageDays: number;
  /** GiB; `null` is unlimited. */
  readonly usageLimitGb: number | null;
  readonly enable: boolean;
  /**
   * The shop's reference, by which an account is found again. Cut to 500 characters, `-` when empty (new panels can't
   * clear it).
   */
  readonly comment: string;
  /** Left as it is when absent: new panels can't clear it. */
  readonly telegramId?: number;
  /**
   * Sets the counted traffic to zero in the same write. It happens whenever the counter is not zero, so set it only
   * when a new period is delivered, not in a routine sync.
   */
  readonly resetUsage?: boolean;
}

/** An account as a panel shows it, without the private keys that are in every answer. */
export interface PanelUser {
  readonly uuid: string;
  readonly name: string;
  readonly enable: boolean;
  /** What the panel itself says: enabled, within its traffic, within its days. */
  readonly isActive: boolean;
  /** `null`: the package starts with the first traffic. */
  readonly startDate: string | null;
  readonly packageDays: number;
  /** GiB; `null` is unlimited. */
  readonly usageLimitGb: number | null;
  /** GiB, one to two minutes old. */
  readonly currentUsageGb: number;
  readonly comment: string;
  readonly telegramId: number | null;
  /** `YYYY-MM-DD HH:MM:SS` in the panel's time zone, which the API does not tell; `null` is never. */
  readonly lastOnline: string | null;
}

/** The accounts of a panel. */
export interface PanelAccounts {
  readonly users: readonly PanelUser[];
  /** False: the panel could not give its list, so these are only those that were asked for. */
  readonly isWhole: boolean;
  /** Uuids of accounts that the panel has and can't show: it fails on their rows. Only where `isWhole` is false. */
  readonly unreadable: ReadonlySet<string>;
}

/** How busy a panel's server is. The panel measures its CPU for a second for each answer. */
export interface PanelLoad {
  readonly users: number;
  readonly onlineLast5Minutes: number;
  readonly cpuPercent: number;
  /** 0 to 1. */
  readonly memoryUsed: number;
  /** 0 to 1. */
  readonly diskUsed: number;
}
