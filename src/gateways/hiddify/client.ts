import { z } from 'zod';
import { isGatewayError } from '../errors';
import { adminOf, seesAccountsOf } from './admin';
import { readLoad, readUser } from './answers';
import { createPanelCall } from './call';
import { checkedUuid, ensureUser, type UserCalls } from './ensure';
import { panelError } from './errors';
import { readOneByOne } from './oneByOne';
import type { HiddifyPanel, HiddifyPanelOptions } from './panel';
import { createWriteQueue } from './queue';
import type { PanelFamily, PanelInfo, PanelUser } from './types';

const OLDEST = { major: 10, minor: 80 };

/**
 * A client for one panel. It holds the write queue and that the panel's version was checked, so make one per panel and
 * keep it.
 */
export function createHiddifyPanel(options: HiddifyPanelOptions): HiddifyPanel {
  const call = createPanelCall(options);
  const { readMs = 10_000, writeMs = 20_000, listMs = 30_000 } = options.timeouts ?? {};
  const queue = createWriteQueue({ maxWaiting: options.maxWaitingWrites ?? 200, gapMs: options.writeGapMs ?? 200 });
  const admin = adminOf(options.apiKey);
  let supported = false;

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

  /** Before the first write the version is read: panels older than 10.80 accept the same calls and do other things. */
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

  async function deleteUser(uuid: string, signal?: AbortSignal): Promise<'removed' | 'absent'> {
    try {
      await call('removeUser', 'DELETE', userPath('removeUser', uuid), writeMs, signal);
      return 'removed';
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return 'absent';
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
    // Nothing depends on it: the account is in the wanted state already, and the observer is told of a failure.
    setTimeout(() => void refreshUser(uuid).catch(() => undefined), options.refreshNewAfterMs).unref();
  }

  return {
    admin,
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
          remove: async (uuid) => void (await deleteUser(uuid, signal)),
        };
        const user = await ensureUser(calls, state);
        if (isNew) refreshLater(user.uuid);
        return user;
      }),

    async readAccounts(known, signal) {
      try {
        return { users: await listUsers(signal), isWhole: true, unreadable: new Set() };
      } catch (error) {
        // One by one helps only when the panel answered, but not with a list; not when it is unreachable.
        if (!isGatewayError(error) || (error.code !== 'server-error' && error.code !== 'unreadable')) throw error;
        return { ...(await readOneByOne(await known(), (uuid) => getUser(uuid, signal), error)), isWhole: false };
      }
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

    seesAccountsOf: async (made, signal) => {
      const { family } = await info(signal);
      const read = (path: string) => call('seesAccountsOf', 'GET', `admin/${path}`, readMs, signal);
      return seesAccountsOf(made, { admin, family, read });
    },

    removeUser: (uuid, signal) =>
      write('removeUser', signal, async () => {
        try {
          return await deleteUser(uuid, signal);
        } catch (error) {
          if (!isGatewayError(error) || error.kind !== 'unknown-outcome') throw error;
          const shown = await getUser(uuid, signal).catch(() => undefined);
          if (shown !== null) throw error;
          return 'absent';
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
