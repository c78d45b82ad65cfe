import { z } from 'zod';
import { STAFF_ROLES } from '../../../domain/staff';
import { instant, jsonObject } from './columns';

export const staffRow = z.object({
  telegram_id: z.number(),
  role: z.enum(STAFF_ROLES),
  given_by: z.string(),
  given_at: instant,
});

export const deskAuditRow = z.object({
  id: z.number(),
  at: instant,
  actor: z.string(),
  act: z.string(),
  subject: z.string().nullable(),
  before: jsonObject.nullable(),
  after: jsonObject.nullable(),
  reason: z.string().nullable(),
  refused: z.string().nullable(),
});

export const uncountedPersonRow = z.object({ telegram_id: z.number(), why: z.enum(['owner', 'test']) });

export const noteRow = z.object({
  id: z.number(),
  user_id: z.number(),
  at: instant,
  actor: z.string(),
  text: z.string(),
});
