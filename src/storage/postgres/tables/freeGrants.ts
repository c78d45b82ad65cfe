import { z } from 'zod';
import { FREE_KINDS } from '../../../domain/bookEntry';
import { instant } from './columns';

export const freeGrantRow = z.object({
  id: z.string(),
  kind: z.enum(FREE_KINDS),
  source: z.string(),
  user_id: z.number(),
  subscription_id: z.string(),
  given_at: instant,
  delivered_at: instant.nullable(),
});
