import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { reach } from './errors';

export interface SweepCounts {
  readonly scanned: number;
  readonly withoutExpiry: number;
  readonly unreadable: number;
  readonly foreign: number;
}

/**
 * The keys this code writes, and what a readable value of each is. All of them expire: one without an expiry is a
 * leftover.
 */
const OURS = {
  fsm: [
    { prefix: 'fsm:', suffix: ':was', type: 'string', json: false },
    { prefix: 'fsm:', suffix: '', type: 'hash', json: 'data' },
    { prefix: 'session:', suffix: ':settings', type: 'hash', json: false },
    { prefix: 'session:', suffix: ':history', type: 'list', json: false },
  ],
  cache: [
    { prefix: 'cache:', suffix: ':load', type: 'string', json: false },
    { prefix: 'cache:', suffix: '', type: 'string', json: true },
    { prefix: 'payment:', suffix: '', type: 'string', json: true },
    { prefix: 'payment-of-provider:', suffix: '', type: 'string', json: true },
  ],
} as const;

type Kind = (typeof OURS)[keyof typeof OURS][number];

/** Keys looked at in one step; between two steps Redis serves other clients. */
const BATCH = 300;
const PAUSE_MS = 5;

/**
 * Goes through a whole database in small steps and removes keys of this shop that have no expiry or can't be read.
 * `SCAN` and `UNLINK` do not block Redis. A key that is written meanwhile may be missed; the next sweep finds it.
 *
 * @throws RedisUnavailableError
 */
export async function sweep(redis: Redis, database: keyof typeof OURS, signal?: AbortSignal): Promise<SweepCounts> {
  const counts = { scanned: 0, withoutExpiry: 0, unreadable: 0, foreign: 0 };
  let cursor = '0';
  do {
    signal?.throwIfAborted();
    const [next, keys] = await reach('sweep scan', () => redis.scan(cursor, 'COUNT', BATCH));
    cursor = next;
    counts.scanned += keys.length;
    await sweepKeys(redis, database, keys, counts);
    await pause(PAUSE_MS);
  } while (cursor !== '0');
  return counts;
}

async function sweepKeys(
  redis: Redis,
  database: keyof typeof OURS,
  keys: readonly string[],
  counts: { withoutExpiry: number; unreadable: number; foreign: number },
): Promise<void> {
  if (keys.length === 0) return;
  const answers = await ask(redis, keys, (pipeline, key) => pipeline.pttl(key).type(key));
  const forever: string[] = [];
  const toRead: { key: string; kind: Kind }[] = [];
  const broken: string[] = [];
  for (const [index, key] of keys.entries()) {
    const [ttl, type] = answers[index] as [number, string];
    if (type === 'none') continue;
    const kind = OURS[database].find(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix));
    if (!kind) {
      if (ttl === -1) counts.foreign += 1;
    } else if (ttl === -1) forever.push(key);
    else if (type !== kind.type) broken.push(key);
    else if (kind.json !== false) toRead.push({ key, kind });
  }
  broken.push(...(await unreadableOf(redis, toRead)));
  counts.withoutExpiry += await unlink(redis, forever);
  counts.unreadable += await unlink(redis, broken);
}

async function unreadableOf(redis: Redis, toRead: readonly { key: string; kind: Kind }[]): Promise<string[]> {
  const texts = await ask(redis, toRead, (pipeline, { key, kind }) =>
    typeof kind.json === 'string' ? pipeline.hget(key, kind.json) : pipeline.get(key),
  );
  return toRead.flatMap(({ key }, index) => (isJson(texts[index]![0]) ? [] : [key]));
}

/** The answers to the same one or two commands for each item, in one round trip. */
async function ask<Item>(
  redis: Redis,
  items: readonly Item[],
  addCommands: (pipeline: ReturnType<Redis['pipeline']>, item: Item) => unknown,
): Promise<unknown[][]> {
  if (items.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const item of items) addCommands(pipeline, item);
  const answers = (await reach('sweep read', () => pipeline.exec())) ?? [];
  const each = answers.length / items.length;
  return items.map((_, index) => answers.slice(index * each, (index + 1) * each).map(([, answer]) => answer));
}

async function unlink(redis: Redis, keys: readonly string[]): Promise<number> {
  return keys.length === 0 ? 0 : reach('sweep unlink', () => redis.unlink(...keys));
}

function isJson(text: unknown): boolean {
  // The key ended between the two commands: nothing to remove.
  if (text === null || text === undefined) return true;
  try {
    JSON.parse(text as string);
    return true;
  } catch {
    return false;
  }
}
