import { withTimeLimit } from '../../process/timeLimit';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Update } from 'grammy/types';
import { z } from 'zod';
import type { Logger } from '../../config/logger';
import type { HttpRoutes } from '../server';

export interface TelegramWebhookDeps {
  readonly secret: string;
  /** `postponed`: not handled, Telegram must deliver it again. What it throws is logged and the update is let go. */
  readonly handleUpdate: (update: Update) => Promise<'handled' | 'duplicate' | 'postponed'>;
  readonly logger: Logger;
}

/** Telegram's own limit is lower (a message with a full keyboard is some tens of KB). */
const BODY_LIMIT = 1024 * 1024;
/** Telegram gives up waiting some time later and would send the update again (grammY docs, deployment types). */
const ANSWER_WITHIN_MS = 9_000;

const updateSchema = z.looseObject({ update_id: z.int() });

/**
 * `POST /webhooks/telegram`. An update that could not be handled is answered 200 all the same: later updates of its
 * chat wait behind a refused one, and it would fail again. Only one that another replica is at, or whose chat is busy,
 * is asked for again.
 */
export function telegramWebhookRoutes({ secret, handleUpdate, logger }: TelegramWebhookDeps): HttpRoutes {
  return (app) => {
    app.post(
      '/webhooks/telegram',
      {
        bodyLimit: BODY_LIMIT,
        // Before the body is read: a stranger's megabyte is not even received.
        onRequest: async (request, reply) => {
          if (!sameSecret(String(request.headers['x-telegram-bot-api-secret-token'] ?? ''), secret))
            return reply.code(401).send({ error: 'wrong secret token' });
        },
      },
      async (request, reply) => {
        const update = updateSchema.safeParse(request.body);
        if (!update.success) return reply.code(400).send({ error: 'not an update' });
        const work = handleUpdate(update.data as unknown as Update).catch((error: unknown) => {
          logger.error({ err: error, updateId: update.data.update_id }, 'an update could not be handled and is let go');
          return 'handled' as const;
        });
        const outcome = await withTimeLimit(ANSWER_WITHIN_MS, 'the bot', work).catch(() => {
          logger.warn({ updateId: update.data.update_id }, 'an update takes long; answered before it is done');
        });
        if (outcome === 'postponed') return reply.code(503).send({ error: 'busy, please repeat' });
        return reply.code(200).send({ ok: true });
      },
    );
  };
}

/** In constant time, whatever the lengths: hashes of both have the same one. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
