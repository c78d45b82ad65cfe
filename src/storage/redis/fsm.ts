import { DAY_MS } from '../../domain/duration';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { createKeyedQueue } from './keyedQueue';
import { defineScript } from './scripts';
import { parseStored, type OnUnreadable, type Unreadable } from './stored';

/** Identifies a dialog. In a private chat both numbers are the same. */
export interface DialogKey {
  readonly chatId: number;
  readonly userId: number;
}

export interface Dialog<State> {
  /** The step the user is at; `initial` when no dialog is running. */
  readonly state: State;
  /**
   * `unreadable`: a stored dialog that this version can't use. It has been dropped; the user should be told and shown
   * the menu.
   */
  readonly status: 'live' | 'none' | 'unreadable';
  /** No dialog is running, but one ended by its expiry within the last 24 hours. Tell the user once, then `clear`. */
  readonly expired: boolean;
}

export interface FsmStore<State> {
  /** Reads the dialog and, when it is live, restarts its expiry. @throws RedisUnavailableError */
  read(key: DialogKey): Promise<Dialog<State>>;
  /**
   * Reads, calls `fn`, writes. When another write came in between, nothing is overwritten: it reads and calls `fn`
   * again.
   * @param fn pure, because it may run several times. `undefined` leaves the state as it is
   * @param read the very object that `read` has returned as the state: the first attempt is made without reading again
   * @returns the state afterwards
   * @throws RedisUnavailableError, FsmContentionError
   */
  update(key: DialogKey, fn: (state: State, dialog: Dialog<State>) => State | undefined, read?: State): Promise<State>;
  /** Sets the state whatever it was: for commands, which begin anew. @throws RedisUnavailableError */
  write(key: DialogKey, state: State): Promise<void>;
  /** Removes the dialog and the marker that it existed. @throws RedisUnavailableError */
  clear(key: DialogKey): Promise<void>;
}

/** Every attempt to update the dialog met a write by somebody else. The update was not made. */
class FsmContentionError extends Error {
  override readonly name = 'FsmContentionError';
}

export interface FsmOptions<State> {
  readonly redis: Redis;
  /** The numeric id of the bot: two bots may share a Redis. */
  readonly botId: number;
  /** Told apart from other dialogs of the same chat; default `fsm`. */
  readonly name?: string;
  /** Checks what is read. Only plain JSON survives: no Date, no bigint. */
  readonly schema: z.ZodType<State>;
  /** Raise it when the meaning of a state changes: dialogs of other versions are then refused. */
  readonly version: number;
  readonly initial: State;
  /** Default one hour, counted from the last use. */
  readonly ttlSeconds?: number;
  readonly onUnreadable?: OnUnreadable;
}

/** How long the marker of an expired dialog lives, in ms. */
const MARKER_TTL_MS = DAY_MS;
const ATTEMPTS = 40;
const QUEUE_WAIT_MS = 10_000;

const READ = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return {'none', redis.call('EXISTS', KEYS[2])} end
if kind ~= 'hash' then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  return {'type'}
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local found = redis.call('HMGET', KEYS[1], 'rev', 'version', 'data')
return {'found', found[1], found[2], found[3]}`;

/**
 * ARGV: expected rev ('' no dialog, '*' any), new rev, version, data, ttl, marker ttl, '1' to write the marker ('0'
 * removes it).
 */
const SET = `
local kind = redis.call('TYPE', KEYS[1]).ok
local rev = ''
if kind == 'hash' then rev = redis.call('HGET', KEYS[1], 'rev') or '' end
if ARGV[1] ~= '*' and ARGV[1] ~= rev then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'version', ARGV[3], 'data', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if ARGV[7] == '1' then redis.call('SET', KEYS[2], 1, 'PX', ARGV[6]) else redis.call('UNLINK', KEYS[2]) end
return 1`;

const DROP = `
if ARGV[1] == '*' or redis.call('HGET', KEYS[1], 'rev') == ARGV[1] then redis.call('UNLINK', KEYS[1], KEYS[2]) end`;

/**
 * Dialog states in Redis: a hash for each bot, chat and user, and a marker that lives longer than the hash, by which an
 * expired dialog is told from none.
 */
export function createFsmStore<State extends { name: string }>(options: FsmOptions<State>): FsmStore<State> {
  const { redis, botId, schema, version, initial } = options;
  const ttlMs = (options.ttlSeconds ?? 3_600) * 1_000;
  const markerTtlMs = Math.max(MARKER_TTL_MS, ttlMs);
  const readScript = defineScript(redis, 'fsm read', 2, READ);
  const setScript = defineScript(redis, 'fsm set', 2, SET);
  const dropScript = defineScript(redis, 'fsm drop', 2, DROP);
  // Updates within this process run one after another, so conflicts in Redis come from other replicas only.
  const queue = createKeyedQueue();
  /** The revision of each live state that was read. */
  const revisions = new WeakMap<State, string>();

  function keysOf({ chatId, userId }: DialogKey): [string, string] {
    const tag = `${options.name ?? 'fsm'}:{${botId}:${chatId}:${userId}}`;
    return [tag, `${tag}:was`];
  }

  function refused(reason: Unreadable['reason']): { dialog: Dialog<State>; rev: string } {
    options.onUnreadable?.({ store: 'fsm', reason });
    return { dialog: { state: initial, status: 'unreadable', expired: false }, rev: '' };
  }

  async function load(keys: [string, string]): Promise<{ dialog: Dialog<State>; rev: string }> {
    const [kind, first, storedVersion, data] = (await readScript(keys, [ttlMs, markerTtlMs])) as [
      string,
      unknown,
      string | null,
      string | null,
    ];
    if (kind === 'none') return { dialog: { state: initial, status: 'none', expired: first === 1 }, rev: '' };
    if (kind === 'type') return refused('type');

    const rev = typeof first === 'string' ? first : '';
    const parsed =
      storedVersion === String(version) ? parseStored(data ?? '', schema) : ({ ok: false, reason: 'version' } as const);
    if (parsed.ok) {
      revisions.set(parsed.value, rev);
      return { dialog: { state: parsed.value, status: 'live', expired: false }, rev };
    }
    await dropScript(keys, [rev === '' ? '*' : rev]);
    return refused(parsed.reason);
  }

  function known(read: State | undefined): { dialog: Dialog<State>; rev: string } | undefined {
    const rev = read && revisions.get(read);
    return rev === undefined ? undefined : { dialog: { state: read!, status: 'live', expired: false }, rev };
  }

  /**
   * The revision is random and not a counter: a counter would begin again after `clear` or an emptied Redis, and an
   * update based on the old dialog could then overwrite a new one.
   */
  async function store(keys: [string, string], expected: string, state: State): Promise<boolean> {
    const isDialog = state.name !== initial.name ? 1 : 0;
    return (
      (await setScript(keys, [
        expected,
        randomUUID(),
        version,
        JSON.stringify(state),
        ttlMs,
        markerTtlMs,
        isDialog,
      ])) === 1
    );
  }

  return {
    read: async (key) => (await load(keysOf(key))).dialog,

    async update(key, fn, read) {
      const keys = keysOf(key);
      const leave = await queue.enter(keys[0], QUEUE_WAIT_MS).catch((cause) => {
        throw new FsmContentionError('the dialog stayed busy in this process', { cause });
      });
      try {
        for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
          const { dialog, rev } = (attempt === 1 && known(read)) || (await load(keys));
          const next = fn(dialog.state, dialog);
          if (next === undefined) return dialog.state;
          if (await store(keys, rev, next)) return next;
          await pause(Math.random() * Math.min(attempt * 2, 20));
        }
        throw new FsmContentionError(`the dialog changed under ${ATTEMPTS} attempts to update it`);
      } finally {
        leave();
      }
    },

    async write(key, state) {
      await store(keysOf(key), '*', state);
    },

    async clear(key) {
      await dropScript(keysOf(key), ['*']);
    },
  };
}
