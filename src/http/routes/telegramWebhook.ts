import { withTimeLimit } from '../../process/timeLimit';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Update } from 'grammy/types';
import { z } from 'zod';
import type { Logger } from '../../config/logger';
import type { HttpRoutes } from '../server';

export interface TelegramWebhookDeps {
  readonly secret: string;
  /** `postponed`: not handled, Telegram must deliver it again. An error is logged, and the update counts as handled. */
  readonly handleUpdate: (update: Update) => Promise<'handled' | 'duplicate' | 'postponed'>;
  readonly logger: Logger;
}

/** Telegram's own limit is lower (a message with a full keyboard is some tens of KB). */
const BODY_LIMIT = 1024 * 1024;
/** Telegram waits a little longer than this and then sends the update again (grammY docs, deployment types). */
const ANSWER_WITHIN_MS = 9_000;

const updateSchema = z.looseObject({ update_id: z.int() });

/**
 * `POST /webhooks/telegram`. A failed update is answered 200 too: refused, it would be sent and fail again while later
 * updates of its chat wait. Only an update that another replica handles, or whose chat is busy, is answered 503.
 */
export function telegramWebhookRoutes({ secret, handleUpdate, logger }: TelegramWebhookDeps): HttpRoutes {
  return (app) => {
    app.post(
      '/webhooks/telegram',
      {
        bodyLimit: BODY_LIMIT,
        // Before the body is read, so that a stranger's body is not received.
        onRequest: async (request, reply) => {
          if (!sameSecret(String(request.headers['x-telegram-bot-api-secret-token'] ?? ''), secret))
            return reply.code(401).send({ error: 'wrong secret token' });
        },
      },
      async (request, reply) => {
        const update = updateSchema.safeParse(request.body);
        if (!update.success) return reply.code(400).send({ error: 'not an update' });
        const work = handleUpdate(update.data as unknown as Update).catch((error: unknown) => {
          logger.error(
            { err: error, updateId: update.data.update_id },
            'an update could not be handled; it is not repeated',
          );
          return 'handled' as const;
        });
        const outcome = await withTimeLimit(ANSWER_WITHIN_MS, 'the bot', work).catch(() => {
          logger.warn(
            { updateId: update.data.update_id },
            'handling an update takes over 9 s; Telegram was answered before it is done',
          );
        });
        if (outcome === 'postponed') return reply.code(503).send({ error: 'busy, please repeat' });
        return reply.code(200).send({ ok: true });
      },
    );
  };
}

/** In constant time: both hashes have the same length. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
