import { z } from 'zod';
import { FREE_KINDS } from '../../../domain/bookEntry';
import { FREE_GRANT_STATUSES } from '../../../domain/freeGrant';
import { instant } from './columns';

export const freeGrantRow = z.object({
  id: z.string(),
  kind: z.enum(FREE_KINDS),
  source: z.string(),
  user_id: z.number(),
  subscription_id: z.string(),
  makes_key: z.boolean(),
  status: z.enum(FREE_GRANT_STATUSES),
  reason: z.string().nullable(),
  given_at: instant,
  delivered_at: instant.nullable(),
  key_sent_at: instant.nullable(),
  unseen_in: z.array(z.number()).readonly(),
});

/** The reason of a grant that its panel, gone for good, never made, and that was given back. */
export const PANEL_GONE = 'panel-gone';

/** Of grant `g`: it counts as given. One that was given back can be had again. */
export const COUNTS_AS_GIVEN = `g.reason IS DISTINCT FROM '${PANEL_GONE}'`;
