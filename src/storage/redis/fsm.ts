import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { createKeyedQueue } from './keyedQueue';
import { defineScript } from './scripts';
import { parseStored, type OnUnreadable, type Unreadable } from './stored';

/** Whose dialog. In a private chat both are the same number. */
export interface DialogKey {
  readonly chatId: number;
  readonly userId: number;
}

export interface Dialog<State> {
  /** What the user is in the middle of; `initial` when he is in the middle of nothing. */
  readonly state: State;
  /** `unreadable`: something was there that this version can't use. It has been dropped; say so politely and offer the menu. */
  readonly status: 'live' | 'none' | 'unreadable';
  /** Nothing is there now, but a dialog was, less than `rememberSeconds` ago. Say so once, then `clear`. */
  readonly expired: boolean;
}

export interface FsmStore<State> {
  /** Reads and, when a dialog is live, gives it its full time again. @throws RedisUnavailableError */
  read(key: DialogKey): Promise<Dialog<State>>;
  /**
   * Read, decide, write, as one step: a write that came in between is never overwritten, `fn` decides again on top of it.
   * @param fn pure: it may run several times. `undefined` leaves everything as it is
   * @returns the state afterwards
   * @throws RedisUnavailableError, FsmContentionError
   */
  update(key: DialogKey, fn: (state: State, dialog: Dialog<State>) => State | undefined): Promise<State>;
  /** Sets the state whatever it was: for commands, which beat any expected answer. @throws RedisUnavailableError */
  write(key: DialogKey, state: State): Promise<void>;
  /** Ends the dialog; afterwards it counts as never having been. @throws RedisUnavailableError */
  clear(key: DialogKey): Promise<void>;
}

/** Others kept writing to this dialog for every one of our attempts. The update was not made. */
export class FsmContentionError extends Error {
  override readonly name = 'FsmContentionError';
}

export interface FsmOptions<State> {
  readonly redis: Redis;
  /** The numeric id of the bot: two bots may share a Redis. */
  readonly botId: number;
  /** Checks what is read. Only plain JSON survives: no Date, no bigint. */
  readonly schema: z.ZodType<State>;
  /** Raise it when the meaning of a state changes: dialogs of other versions are then refused. */
  readonly version: number;
  readonly initial: State;
  /** Default one hour, counted from the last use. */
  readonly ttlSeconds?: number;
  /** How long an expired dialog is remembered as such. Default 24 hours. */
  readonly rememberSeconds?: number;
  readonly onUnreadable?: OnUnreadable;
}

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

/** ARGV: expected rev ('' nothing there, '*' whatever), new rev, version, data, ttl, marker ttl, whether this is a dialog to remember. */
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

/** Dialog states in Redis, one hash for each bot, chat and user, beside a marker that outlives it. */
export function createFsmStore<State extends { name: string }>(options: FsmOptions<State>): FsmStore<State> {
  const { redis, botId, schema, version, initial } = options;
  const ttlMs = (options.ttlSeconds ?? 3_600) * 1_000;
  const rememberMs = Math.max((options.rememberSeconds ?? 86_400) * 1_000, ttlMs);
  const readScript = defineScript(redis, 'fsm read', 2, READ);
  const setScript = defineScript(redis, 'fsm set', 2, SET);
  const dropScript = defineScript(redis, 'fsm drop', 2, DROP);
  // Updates of one process stand in line, so that only replicas ever collide in Redis.
  const queue = createKeyedQueue();

  function keysOf({ chatId, userId }: DialogKey): [string, string] {
    const tag = `fsm:{${botId}:${chatId}:${userId}}`;
    return [tag, `${tag}:was`];
  }

  function refused(reason: Unreadable['reason']): { dialog: Dialog<State>; rev: string } {
    options.onUnreadable?.({ store: 'fsm', reason });
    return { dialog: { state: initial, status: 'unreadable', expired: false }, rev: '' };
  }

  async function load(keys: [string, string]): Promise<{ dialog: Dialog<State>; rev: string }> {
    const [kind, first, storedVersion, data] = (await readScript(keys, [ttlMs, rememberMs])) as [
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
    if (parsed.ok) return { dialog: { state: parsed.value, status: 'live', expired: false }, rev };
    await dropScript(keys, [rev === '' ? '*' : rev]);
    return refused(parsed.reason);
  }

  /**
   * The revision is a random mark and not a count: a count would begin again after `clear` or an emptied Redis, and an old
   * reader could then mistake a new dialog for the one it had read.
   */
  async function store(keys: [string, string], expected: string, state: State): Promise<boolean> {
    const isDialog = state.name !== initial.name ? 1 : 0;
    return (
      (await setScript(keys, [expected, randomUUID(), version, JSON.stringify(state), ttlMs, rememberMs, isDialog])) ===
      1
    );
  }

  return {
    read: async (key) => (await load(keysOf(key))).dialog,

    async update(key, fn) {
      const keys = keysOf(key);
      const leave = await queue.enter(keys[0], QUEUE_WAIT_MS).catch((cause) => {
        throw new FsmContentionError('the dialog stayed busy in this process', { cause });
      });
      try {
        for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
          const { dialog, rev } = await load(keys);
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
