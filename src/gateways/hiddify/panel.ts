/** What a client for one Hiddify panel takes and offers; `createHiddifyPanel` makes it. */
import type { HttpObserver } from '../http';
import type { PanelAccounts, PanelInfo, PanelLoad, PanelUser, PanelUserState } from './types';

export interface HiddifyPanelOptions {
  /** `https://host/<admin path>`. */
  readonly adminUrl: string;
  /** Uuid of the panel's administrator who owns the shop's accounts. */
  readonly apiKey: string;
  /** Milliseconds: one account (10 s), a write (20 s), the list and the server status (30 s). */
  readonly timeouts?: { readonly readMs?: number; readonly writeMs?: number; readonly listMs?: number };
  readonly observe?: HttpObserver;
  /** Writes that may wait for earlier ones (200); further ones fail as `rate-limited`, code `queue-full`. */
  readonly maxWaitingWrites?: number;
  /** Milliseconds between two writes (200): each write makes the panel start a job. */
  readonly writeGapMs?: number;
  /**
   * Milliseconds after which a new account is written once more, in the background. Not at all by default. Some panels
   * (10.80.7 to 12.3.3 at least) confirm a new account but don't let its buyer connect until it is written again
   * (Hiddify-Manager issues #4701, #5505). Best effort: if the process ends earlier, the next write of that account
   * does it.
   */
  readonly refreshNewAfterMs?: number;
}

/** One panel. Every method throws GatewayError; see `HiddifyErrorCode` for the codes. */
export interface HiddifyPanel {
  /** The administrator whose key this client uses. @see adminOf in admin.ts */
  readonly admin: string;
  /**
   * Whether this key is shown the accounts of an administrator, so that "no such account" means that there is none.
   * From 14.x on an account of somebody outside the key's own administrators is answered like one that does not exist.
   * @param admin who made the account; `null`: not known
   */
  seesAccountsOf(admin: string | null, signal?: AbortSignal): Promise<boolean>;
  /** @throws GatewayError refused, code `version`, for a panel older than 10.80. */
  info(signal?: AbortSignal): Promise<PanelInfo>;
  /**
   * Creates the account or sets it to exactly this state. Safe to repeat after any failure. @see ensureUser in
   * ensure.ts
   */
  ensureUser(state: PanelUserState, signal?: AbortSignal): Promise<PanelUser>;
  /** `null`: no such account (or, from 14.x on, one of another administrator). */
  getUser(uuid: string, signal?: AbortSignal): Promise<PanelUser | null>;
  /**
   * All accounts this administrator sees. One damaged row in the panel's database fails the whole list: then use
   * `readAccounts`.
   */
  listUsers(signal?: AbortSignal): Promise<PanelUser[]>;
  /**
   * All accounts this administrator sees; when the panel answers, but not with a list, those of `known`, one by one.
   * @param known uuids; only called when the list can't be had
   */
  readAccounts(known: () => Promise<readonly string[]>, signal?: AbortSignal): Promise<PanelAccounts>;
  /** @throws GatewayError refused, code `not-found`, when there is no such account. */
  setEnabled(uuid: string, on: boolean, signal?: AbortSignal): Promise<PanelUser>;
  /** Writes the account unchanged, which makes the panel pass it to its proxies again. See `refreshNewAfterMs`. */
  refreshUser(uuid: string, signal?: AbortSignal): Promise<void>;
  /** @returns `absent`: the panel shows no such account. Whether there is none: `seesAccountsOf` */
  removeUser(uuid: string, signal?: AbortSignal): Promise<'removed' | 'absent'>;
  serverStatus(signal?: AbortSignal): Promise<PanelLoad>;
  /** The cheapest call that needs the right path and key. */
  ping(signal?: AbortSignal): Promise<void>;
}
