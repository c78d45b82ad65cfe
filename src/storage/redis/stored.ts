import type { z } from 'zod';

/** Something found in Redis that this version of the code cannot use. It was dropped. */
export interface Unreadable {
  /** Which store found it: `fsm`, `cache user`, `limit messages`, ... A bounded set, fit for a metric label. */
  readonly store: string;
  readonly reason: 'json' | 'schema' | 'type' | 'version';
}

/** Told of every dropped value, so that it can be counted. Never holds the value: it may be personal. */
export type OnUnreadable = (what: Unreadable) => void;

/** What a stored text says, or why it can't be used. Whatever wrote it, nothing in Redis is trusted to have our shape. */
export function parseStored<T>(
  text: string,
  schema: z.ZodType<T>,
): { ok: true; value: T } | { ok: false; reason: 'json' | 'schema' } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'json' };
  }
  const result = schema.safeParse(json);
  return result.success ? { ok: true, value: result.data } : { ok: false, reason: 'schema' };
}
