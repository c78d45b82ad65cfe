import { z } from 'zod';
import { isGatewayError } from '../errors';
import { httpCall, type HttpCall, type HttpObserver } from '../http';
import { panelError, readAnswer, readLoad, readUser } from './answers';
import { checkedUuid, ensureUser, type UserCalls } from './ensure';
import { createWriteQueue } from './queue';
import type { PanelFamily, PanelInfo, PanelLoad, PanelUser, PanelUserState } from './types';

export interface HiddifyPanelOptions {
  /** `https://host/<admin path>`, as `parseAdminUrl` gives it. */
  readonly adminUrl: string;
  /** Uuid of the panel's administrator who owns the shop's accounts. */
  readonly apiKey: string;
  /** Milliseconds: one account (10 s), a write (20 s), the list and the server status (30 s). */
  readonly timeouts?: { readonly readMs?: number; readonly writeMs?: number; readonly listMs?: number };
  readonly observe?: HttpObserver;
  /** Writes that may wait for their turn (200); beyond it `rate-limited`, code `queue-full`. */
  readonly maxWaitingWrites?: number;
  /** Milliseconds kept between two writes (200): each one makes the panel start a job. */
  readonly writeGapMs?: number;
  /**
   * Milliseconds after which a new account is handed to the panel's proxies once more, in the background. Not at all by default.
   * Some panels (10.80.7 to 12.3.3 at least) say yes to a new account and keep its buyer out until it is written again
   * (Hiddify-Manager issues #4701, #5505). Best effort: a process that ends before leaves it to the next write of that account.
   */
  readonly refreshNewAfterMs?: number;
}

/** One panel. Every method throws GatewayError; see `HiddifyErrorCode` for the codes. */
export interface HiddifyPanel {
  /** @throws GatewayError refused, code `version`, for a panel older than 10.80. */
  info(signal?: AbortSignal): Promise<PanelInfo>;
  /** Creates the account or sets it to exactly this state. Safe to repeat after any failure. @see ensureUser in ensure.ts */
  ensureUser(state: PanelUserState, signal?: AbortSignal): Promise<PanelUser>;
  /** `null`: no such account (or, from 14.x on, one of another administrator). */
  getUser(uuid: string, signal?: AbortSignal): Promise<PanelUser | null>;
  /** All accounts this administrator sees. One damaged row on the panel fails the whole list: then ask with `findUsers`. */
  listUsers(signal?: AbortSignal): Promise<PanelUser[]>;
  /** Those of `uuids` that exist, by uuid: from the list, or one by one where the panel cannot give its list. */
  findUsers(uuids: readonly string[], signal?: AbortSignal): Promise<Map<string, PanelUser>>;
  /** @throws GatewayError refused, code `not-found`, when there is no such account. */
  setEnabled(uuid: string, on: boolean, signal?: AbortSignal): Promise<PanelUser>;
  /** Has the panel hand the account to its proxies once more; some panels forget a new one until it is written again. */
  refreshUser(uuid: string, signal?: AbortSignal): Promise<void>;
  /** An account that is not there counts as removed. */
  removeUser(uuid: string, signal?: AbortSignal): Promise<void>;
  serverStatus(signal?: AbortSignal): Promise<PanelLoad>;
  /** The cheapest call that needs the right path and key. */
  ping(signal?: AbortSignal): Promise<void>;
}

/** No "bot" in it: the panel refuses clients that call themselves one. */
const USER_AGENT = 'GigaBridge/1.0';
const OLDEST = { major: 10, minor: 80 };

/** A client for one panel. It holds a write queue and remembers that the version is supported: make one per panel and keep it. */
export function createHiddifyPanel(options: HiddifyPanelOptions): HiddifyPanel {
  const base = options.adminUrl.replace(/\/+$/, '');
  const readMs = options.timeouts?.readMs ?? 10_000;
  const writeMs = options.timeouts?.writeMs ?? 20_000;
  const listMs = options.timeouts?.listMs ?? 30_000;
  const queue = createWriteQueue({ maxWaiting: options.maxWaitingWrites ?? 200, gapMs: options.writeGapMs ?? 200 });
  let supported = false;

  async function call(
    operation: string,
    method: HttpCall['method'],
    path: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    json?: unknown,
  ): Promise<unknown> {
    const answer = await httpCall(
      {
        service: 'hiddify',
        operation,
        method,
        url: `${base}/api/v2/${path}`,
        headers: { 'Hiddify-API-Key': options.apiKey, 'User-Agent': USER_AGENT },
        ...(json === undefined ? {} : { json }),
        timeoutMs,
        signal,
      },
      options.observe,
    );
    return readAnswer(operation, answer);
  }

  async function info(signal?: AbortSignal): Promise<PanelInfo> {
    const read = z.object({ version: z.string() }).safeParse(await call('info', 'GET', 'panel/info/', readMs, signal));
    const numbers = /^v?(\d+)\.(\d+)/.exec(read.data?.version ?? '');
    if (!read.success || !numbers) throw panelError('info', 'unknown-outcome', 'unreadable');
    const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
    if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
      throw panelError('info', 'refused', 'version');
    supported = true;
    return { version: read.data.version, family: familyOf(major) };
  }

  /** Nothing is written to a panel whose version was never seen: older ones take the same calls and do other things. */
  async function write<T>(operation: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return queue(operation, signal, async () => {
      if (!supported) await info(signal);
      return work();
    });
  }

  async function getUser(uuid: string, signal?: AbortSignal): Promise<PanelUser | null> {
    try {
      return readUser('getUser', await call('getUser', 'GET', userPath('getUser', uuid), readMs, signal));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async function updateUser(uuid: string, body: object, signal?: AbortSignal): Promise<PanelUser> {
    return readUser(
      'updateUser',
      await call('updateUser', 'PATCH', userPath('updateUser', uuid), writeMs, signal, body),
    );
  }

  async function deleteUser(uuid: string, signal?: AbortSignal): Promise<void> {
    try {
      await call('removeUser', 'DELETE', userPath('removeUser', uuid), writeMs, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async function listUsers(signal?: AbortSignal): Promise<PanelUser[]> {
    try {
      const json = await call('listUsers', 'GET', 'admin/user/', listMs, signal);
      if (!Array.isArray(json)) throw panelError('listUsers', 'unknown-outcome', 'unreadable');
      return json.map((user) => readUser('listUsers', user));
    } catch (error) {
      // A panel without accounts answers 404.
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  const refreshUser: HiddifyPanel['refreshUser'] = (uuid, signal) =>
    write('refreshUser', signal, async () => void (await updateUser(uuid, {}, signal)));

  function refreshLater(uuid: string): void {
    if (options.refreshNewAfterMs === undefined) return;
    // Nobody waits for it and nothing depends on it: the account is as asked already, and the observer sees a failure.
    setTimeout(() => void refreshUser(uuid).catch(() => undefined), options.refreshNewAfterMs).unref();
  }

  return {
    info,
    getUser,
    listUsers,

    ensureUser: (state, signal) =>
      write('ensureUser', signal, async () => {
        let isNew = false;
        const calls: UserCalls = {
          read: (uuid) => getUser(uuid, signal),
          create: async (body) => {
            isNew = true;
            return readUser('createUser', await call('createUser', 'POST', 'admin/user/', writeMs, signal, body));
          },
          update: (uuid, body) => updateUser(uuid, body, signal),
          remove: (uuid) => deleteUser(uuid, signal),
        };
        const user = await ensureUser(calls, state);
        if (isNew) refreshLater(user.uuid);
        return user;
      }),

    async findUsers(uuids, signal) {
      const wanted = new Set(uuids);
      const found = new Map<string, PanelUser>();
      try {
        for (const user of await listUsers(signal)) if (wanted.has(user.uuid)) found.set(user.uuid, user);
      } catch (error) {
        // Only where the panel answered, but not with a list: one by one would not help against a dead network.
        if (!isGatewayError(error) || (error.code !== 'server-error' && error.code !== 'unreadable')) throw error;
        for (const uuid of wanted) {
          const user = await getUser(uuid, signal);
          if (user) found.set(uuid, user);
        }
      }
      return found;
    },

    setEnabled: (uuid, on, signal) =>
      write('setEnabled', signal, async () => {
        let shown: PanelUser | null;
        try {
          shown = await updateUser(uuid, { enable: on }, signal);
        } catch (error) {
          if (!isGatewayError(error) || error.kind !== 'unknown-outcome') throw error;
          shown = await getUser(uuid, signal).catch(() => null);
          if (shown?.enable !== on) throw error;
        }
        if (shown.enable !== on) throw panelError('setEnabled', 'unknown-outcome', 'unreadable');
        return shown;
      }),

    refreshUser,

    removeUser: (uuid, signal) =>
      write('removeUser', signal, async () => {
        try {
          await deleteUser(uuid, signal);
        } catch (error) {
          if (!isGatewayError(error) || error.kind !== 'unknown-outcome') throw error;
          const shown = await getUser(uuid, signal).catch(() => undefined);
          if (shown !== null) throw error;
        }
      }),

    serverStatus: async (signal) =>
      readLoad('serverStatus', await call('serverStatus', 'GET', 'admin/server_status/', listMs, signal)),

    async ping(signal) {
      const read = z.object({ msg: z.string() }).safeParse(await call('ping', 'GET', 'panel/ping/', readMs, signal));
      if (!read.success) throw panelError('ping', 'unknown-outcome', 'unreadable');
    },
  };
}

function userPath(operation: string, uuid: string): string {
  return `admin/user/${checkedUuid(operation, uuid)}/`;
}

function familyOf(major: number): PanelFamily {
  if (major >= 14) return 'C';
  return major === 13 ? 'B' : 'A';
}

function isNotFound(error: unknown): boolean {
  return isGatewayError(error) && error.kind === 'refused' && error.code === 'not-found';
}
