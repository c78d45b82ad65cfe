/** How a panel behaves, by its major version: A up to 12, B for 13, C from 14. */
export type PanelFamily = 'A' | 'B' | 'C';

export interface PanelInfo {
  /** As the panel says it, `14.0.5`. */
  readonly version: string;
  readonly family: PanelFamily;
}

/** What one customer's account on a panel shall be: absolute, so that saying it twice changes nothing. */
export interface PanelUserState {
  /** Chosen and stored by us before the first call; lower case, version 4 (older panels replace others by a random one). */
  readonly uuid: string;
  /** Shown in the panel and in the customer's app; cut to 100 characters. */
  readonly name: string;
  /** `YYYY-MM-DD` on the panel's calendar, from `panelPeriod`. */
  readonly startDate: string;
  readonly packageDays: number;
  /** GiB; `null` is unlimited. */
  readonly usageLimitGb: number | null;
  readonly enable: boolean;
  /** Our reference; by it an account is found again. Cut to 500 characters, `-` when empty (new panels cannot clear it). */
  readonly comment: string;
  /** Left as it is when absent: new panels cannot clear it. */
  readonly telegramId?: number;
  /**
   * Sets the counted traffic to zero in the same write. Done again whenever the counter is not zero, so ask for it only
   * while a new period is being delivered, not in a routine sync.
   */
  readonly resetUsage?: boolean;
}

/** An account as a panel shows it, without the private keys that every answer carries. */
export interface PanelUser {
  readonly uuid: string;
  readonly name: string;
  readonly enable: boolean;
  /** The panel's own verdict: enabled, within traffic, within its days. */
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

/** How busy a panel's server is, for choosing where to sell next. Cache it: the panel samples its CPU for a second. */
export interface PanelLoad {
  readonly users: number;
  readonly onlineLast5Minutes: number;
  readonly cpuPercent: number;
  /** 0 to 1. */
  readonly memoryUsed: number;
  /** 0 to 1. */
  readonly diskUsed: number;
}
