import type { z } from 'zod';

/** A cursor that a provider has named before. @returns `undefined` for none, and for one that can't be read any more */
export function readCursor<Cursor>(schema: z.ZodType<Cursor>, text: string | null): Cursor | undefined {
  if (text === null) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
