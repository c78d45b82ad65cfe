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
  /** In ms; another one only in tests. */
  readonly answerWithinMs?: number;
}

/** Telegram's own limit is lower (a message with a full keyboard is some tens of KB). */
const BODY_LIMIT = 1024 * 1024;
/** Telegram waits a little longer than this (grammY docs, deployment types). */
const ANSWER_WITHIN_MS = 9_000;

const updateSchema = z.looseObject({ update_id: z.int() });

/**
 * `POST /webhooks/telegram`. A failed update is answered 200 too: refused, it would be sent and fail again while later
 * updates of its chat wait. An update that another replica handles, whose chat is busy, or that is not handled in time
 * is answered 503, so that Telegram delivers it again: 200 before it is handled would lose it with a killed process.
 */
export function telegramWebhookRoutes({
  secret,
  handleUpdate,
  logger,
  answerWithinMs = ANSWER_WITHIN_MS,
}: TelegramWebhookDeps): HttpRoutes {
  /** What this process is handling; an update that is delivered again meanwhile waits for the same work. */
  const inHand = new Map<number, Promise<'handled' | 'duplicate' | 'postponed'>>();

  const handledOnce = (update: Update): Promise<'handled' | 'duplicate' | 'postponed'> => {
    const id = update.update_id;
    const known = inHand.get(id);
    if (known) return known;
    const work = handleUpdate(update)
      .catch((error: unknown) => {
        logger.error({ err: error, updateId: id }, 'an update could not be handled; it is not repeated');
        return 'handled' as const;
      })
      .finally(() => inHand.delete(id));
    inHand.set(id, work);
    return work;
  };

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
        const work = handledOnce(update.data as unknown as Update);
        const outcome = await withTimeLimit(answerWithinMs, 'the bot', work).catch(() => {
          logger.warn(
            { updateId: update.data.update_id },
            'an update is not handled in time; Telegram is asked to deliver it again',
          );
          return 'postponed' as const;
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
