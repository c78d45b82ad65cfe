import { invalid } from './errors';

/** What a list needs to know of an item; times in Unix ms. */
export interface Listed {
  readonly id: string;
  readonly createdAt: number;
  readonly capturedAt?: number;
}

interface ListRules<Item extends Listed> {
  /** Exact-match filters by query name. */
  readonly filters: Readonly<Record<string, (item: Item) => string | undefined>>;
  readonly toWire: (item: Item) => unknown;
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  gte: (value, bound) => value >= bound,
  gt: (value, bound) => value > bound,
  lte: (value, bound) => value <= bound,
  lt: (value, bound) => value < bound,
};

function newestFirst(a: Listed, b: Listed): number {
  return b.createdAt - a.createdAt || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1);
}

/**
 * A page of objects, newest first (YooKassa docs, lists): `limit` 1..100, 10 unless told, `next_cursor` only while
 * there is more.
 */
export function listObjects<Item extends Listed>(
  items: Iterable<Item>,
  query: URLSearchParams,
  rules: ListRules<Item>,
): Record<string, unknown> {
  const limitText = query.get('limit') ?? '10';
  const limit = /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > 100) throw invalid('Invalid request parameter', 'limit');

  const kept: Item[] = [];
  const tests = [...dateTests(query), ...exactTests(query, rules)];
  for (const item of items) if (tests.every((test) => test(item))) kept.push(item);
  kept.sort(newestFirst);

  const after = query.get('cursor');
  let start = 0;
  if (after !== null) {
    const last = readCursor(after);
    start = kept.findIndex((item) => newestFirst(last, item) < 0);
    if (start < 0) start = kept.length;
  }
  const page = kept.slice(start, start + limit);
  const last = page.at(-1);
  const more = last !== undefined && start + limit < kept.length;
  return { type: 'list', items: page.map(rules.toWire), ...(more && { next_cursor: writeCursor(last) }) };
}

function dateTests(query: URLSearchParams): ((item: Listed) => boolean)[] {
  const tests: ((item: Listed) => boolean)[] = [];
  for (const [name, field] of [
    ['created_at', 'createdAt'],
    ['captured_at', 'capturedAt'],
  ] as const) {
    for (const [suffix, compare] of Object.entries(COMPARISONS)) {
      const text = query.get(`${name}.${suffix}`);
      if (text === null) continue;
      const bound = Date.parse(text);
      if (Number.isNaN(bound)) throw invalid('Invalid request parameter', `${name}.${suffix}`);
      tests.push((item) => item[field] !== undefined && compare(item[field], bound));
    }
  }
  return tests;
}

function exactTests<Item extends Listed>(query: URLSearchParams, rules: ListRules<Item>): ((item: Item) => boolean)[] {
  return Object.entries(rules.filters).flatMap(([name, read]) => {
    const wanted = query.get(name);
    return wanted === null ? [] : [(item: Item) => read(item) === wanted];
  });
}

function writeCursor(item: Listed): string {
  return Buffer.from(JSON.stringify([item.createdAt, item.id])).toString('base64url');
}

function readCursor(cursor: string): Listed {
  try {
    const [createdAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown];
    if (typeof createdAt === 'number' && typeof id === 'string') return { createdAt, id };
  } catch {
    // Falls through to the refusal below.
  }
  throw invalid('Invalid request parameter', 'cursor');
}
