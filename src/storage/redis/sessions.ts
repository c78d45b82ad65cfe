import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DAY_MS } from '../../domain/duration';
import { LANGUAGES } from '../../domain/language';
import { isWrongType, reach, unlessAway } from './errors';
import { defineScript } from './scripts';
import { parseStored, type OnUnreadable, type Unreadable } from './stored';

/** What is kept of a user between two taps and belongs to no dialog and to no table. Every field may be missing. */
const settingsSchema = z.object({
  /** Chosen in the chat. Also known here while PostgreSQL can't be asked. */
  language: z.enum(LANGUAGES),
  /** Page of the list of subscriptions they are looking at, from 0. */
  listPage: z.int().min(0).max(100_000),
  /** The newest message with buttons; it loses them when the next one is sent. */
  liveMessageId: z.int().positive(),
  /** What they had chosen to buy, so that /start can offer to continue after the dialog itself has expired. */
  unfinishedPurchase: z.object({
    /** `null`: a gift. */
    locationCode: z.string().max(64).nullable(),
    /** `null`: "choose for me"; missing: not chosen yet. */
    serverCode: z.string().max(64).nullable().optional(),
    /** The subscription that was to be prolonged. */
    renewsSubscriptionId: z.string().max(64).optional(),
    planCode: z.string().max(64).optional(),
  }),
});

export type SessionSettings = Partial<z.infer<typeof settingsSchema>>;

/** `undefined` removes the field. */
export type SettingsPatch = { readonly [Field in keyof SessionSettings]?: SessionSettings[Field] | undefined };

const historyEntry = z.object({ at: z.iso.datetime(), action: z.string() });

export interface HistoryEntry {
  /** UTC, ISO 8601. */
  readonly at: string;
  /** What they did: a command or a button's verb, such as `/buy` or `plan`. */
  readonly action: string;
}

export interface Session {
  readonly settings: SessionSettings;
  /** Newest first. */
  readonly history: readonly HistoryEntry[];
}

/** Never fails: without Redis a session is empty and nothing is written. */
export interface Sessions {
  get(userId: number): Promise<Session>;
  /** Changes the named fields only; patches of other fields made at the same time survive. */
  patchSettings(userId: number, patch: SettingsPatch): Promise<void>;
  /** A command or a button's verb, at most 200 characters of it. Nothing secret and no message text belongs here. */
  addHistory(userId: number, action: string): Promise<void>;
}

export interface SessionOptions {
  readonly redis: Redis;
  readonly botId: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Default 20 entries. */
  readonly historyLength?: number;
  /** How long settings live after their last change, and how old a history entry may get, in ms. Default 7 days. */
  readonly ttlMs?: number;
  readonly onUnreadable?: OnUnreadable;
}

const MAX_TEXT = 200;

/**
 * ARGV: ttl, number of fields to set, then name and JSON of each, then names to remove.
 * @returns how many values of another type were dropped
 */
const PATCH = `
local kind = redis.call('TYPE', KEYS[1]).ok
local dropped = kind ~= 'none' and kind ~= 'hash' and redis.call('UNLINK', KEYS[1]) or 0
local sets = tonumber(ARGV[2])
for i = 0, sets - 1 do redis.call('HSET', KEYS[1], ARGV[3 + i * 2], ARGV[4 + i * 2]) end
for i = 3 + sets * 2, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return dropped`;

/** ARGV: ttl, how many to keep, the entry. @returns as above */
const APPEND = `
local kind = redis.call('TYPE', KEYS[1]).ok
local dropped = kind ~= 'none' and kind ~= 'list' and redis.call('UNLINK', KEYS[1]) or 0
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return dropped`;

export function createSessions(options: SessionOptions): Sessions {
  const { redis, botId, now, historyLength = 20, ttlMs = 7 * DAY_MS } = options;
  const patch = defineScript(redis, 'session patch', 1, PATCH);
  const append = defineScript(redis, 'session append', 1, APPEND);

  const settingsKey = (userId: number): string => `session:{${botId}:${userId}}:settings`;
  const historyKey = (userId: number): string => `session:{${botId}:${userId}}:history`;
  const unreadable = (reason: Unreadable['reason']): void => options.onUnreadable?.({ store: 'session', reason });

  /** Reads one key. A value of another type is removed, like any other value that can't be used. */
  async function read<T>(key: string, command: () => Promise<T>, empty: T): Promise<T> {
    try {
      return await reach('session read', command);
    } catch (error) {
      if (!isWrongType(error)) throw error;
      unreadable('type');
      await reach('session drop', () => redis.unlink(key));
      return empty;
    }
  }

  async function readSettings(userId: number): Promise<SessionSettings> {
    const key = settingsKey(userId);
    const fields = await read(key, () => redis.hgetall(key), {});
    const settings: Record<string, unknown> = {};
    const bad: string[] = [];
    for (const [name, text] of Object.entries(fields)) {
      const schema = (settingsSchema.shape as Record<string, z.ZodType | undefined>)[name];
      const value = schema ? parseStored(text, schema) : ({ ok: false, reason: 'schema' } as const);
      if (value.ok) settings[name] = value.value;
      else {
        unreadable(value.reason);
        bad.push(name);
      }
    }
    if (bad.length > 0) await reach('session drop', () => redis.hdel(key, ...bad));
    return settings;
  }

  async function readHistory(userId: number): Promise<HistoryEntry[]> {
    const key = historyKey(userId);
    const texts = await read(key, () => redis.lrange(key, 0, historyLength - 1), []);
    const oldest = now() - ttlMs;
    const history: HistoryEntry[] = [];
    for (const text of texts) {
      const entry = parseStored(text, historyEntry);
      if (!entry.ok) {
        unreadable(entry.reason);
        await reach('session drop', () => redis.lrem(key, 0, text));
      } else if (Date.parse(entry.value.at) >= oldest) history.push(entry.value);
    }
    return history;
  }

  return {
    async get(userId) {
      const [settings, history] = await Promise.all([
        unlessAway(readSettings(userId), {}),
        unlessAway(readHistory(userId), []),
      ]);
      return { settings, history };
    },

    async patchSettings(userId, changes) {
      const checked = settingsSchema.partial().parse(changes);
      const named = Object.keys(changes).filter((name) => name in settingsSchema.shape);
      const sets = named.filter((name) => checked[name as keyof typeof checked] !== undefined);
      if (named.length === 0) return;
      const pairs = sets.flatMap((name) => [name, JSON.stringify(checked[name as keyof typeof checked])]);
      const dropped = await unlessAway(
        patch([settingsKey(userId)], [ttlMs, sets.length, ...pairs, ...named.filter((name) => !sets.includes(name))]),
        0,
      );
      if (dropped) unreadable('type');
    },

    async addHistory(userId, action) {
      const entry: HistoryEntry = { at: new Date(now()).toISOString(), action: cut(action) };
      const dropped = await unlessAway(append([historyKey(userId)], [ttlMs, historyLength, JSON.stringify(entry)]), 0);
      if (dropped) unreadable('type');
    },
  };
}

/** Cuts by code points, so that no emoji is cut in half. */
function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : Array.from(text).slice(0, MAX_TEXT).join('');
}
