import type { z } from 'zod';

/** A value found in Redis that this version of the code can't use. It was dropped. */
export interface Unreadable {
  /** Which store found it: `fsm`, `cache user`, `limit messages`, ... A bounded set, fit for a metric label. */
  readonly store: string;
  readonly reason: 'json' | 'schema' | 'type' | 'version';
}

/** Called for every dropped value, so that it can be counted. It is not given the value, which may be personal. */
export type OnUnreadable = (what: Unreadable) => void;

/** A stored text as a value, or why it can't be used. Nothing in Redis is trusted to have the expected shape. */
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
