import type { z } from 'zod';
import { parseJson } from '../gateways/text';

/** A cursor that a provider has named before. @returns `undefined` for none, and for one that can't be read any more */
export function readCursor<Cursor>(schema: z.ZodType<Cursor>, text: string | null): Cursor | undefined {
  return schema.safeParse(parseJson(text ?? '')).data;
}
