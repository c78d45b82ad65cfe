import { z } from 'zod';
import { instant } from './columns';

export const webhookEventRow = z.object({
  id: z.number(),
  received_at: instant,
  provider: z.string(),
  remote_address: z.string(),
  event: z.string().nullable(),
  object_id: z.string().nullable(),
  payment_id: z.string().nullable(),
  body: z.string(),
  handled_at: instant.nullable(),
  outcome: z.string().nullable(),
});

export const notificationRow = z.object({
  id: z.number(),
  user_id: z.number(),
  kind: z.string(),
  subject: z.string(),
  status: z.enum(['claimed', 'sent', 'unreachable', 'dropped']),
  message_id: z.number().nullable(),
  created_at: instant,
  sent_at: instant.nullable(),
});

export const telegramPaceRow = z.object({ lane: z.string(), next_at: instant });
