import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Api } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from '../config/logger';
import { classifyTelegramError } from '../gateways/telegram/classify';
import { ALLOWED_UPDATES, type ShopBot } from './createBot';

export interface Poller {
  /** Begins to poll; returns at once. */
  start(): void;
  /** Lets what is being handled end, confirms it to Telegram, stops. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  readonly api: Api;
  readonly handleUpdate: ShopBot['handleUpdate'];
  readonly logger: Logger;
  /** Somebody else polls with this token, or a webhook is set (409): the caller stands down. */
  readonly onConflict: () => void;
  /** The token was revoked (401): nothing will ever arrive. */
  readonly onRevoked: () => void;
}

const LONG_POLL_SECONDS = 25;
/** A chat that takes longer no longer holds up the others; its updates go on in order among themselves. */
const PATIENCE_MS = 5_000;
const AFTER_ERROR_MS = 2_000;
const POSTPONED_MS = 500;
/** Longer than any replica, dead or slow, keeps an update reserved. */
const GIVE_UP_POSTPONED_MS = 65_000;

/**
 * Long polling. The updates of a batch are handled side by side, those of one chat in order, and the batch is confirmed only
 * when it is done: what a killed process had not finished is delivered again.
 */
export function createPoller({ api, handleUpdate, logger, onConflict, onRevoked }: PollerOptions): Poller {
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  /** The last work of each chat that has any. */
  const chats = new Map<number, Promise<void>>();

  async function handle(update: Update): Promise<void> {
    const end = performance.now() + GIVE_UP_POSTPONED_MS;
    while ((await handleUpdate(update)) === 'postponed') {
      if (performance.now() >= end)
        return logger.error(
          { updateId: update.update_id },
          'an update stayed reserved by another replica and is given up',
        );
      await pause(POSTPONED_MS);
    }
  }

  function enqueue(update: Update): Promise<void> {
    const chat = (update.message ?? update.callback_query ?? update.my_chat_member)?.from?.id ?? 0;
    const work = (chats.get(chat) ?? Promise.resolve())
      .then(() => handle(update))
      .catch((error: unknown) =>
        logger.error(
          { reason: error instanceof Error ? error.name : 'unknown', updateId: update.update_id },
          'an update could not be handled',
        ),
      )
      .finally(() => {
        if (chats.get(chat) === work) chats.delete(chat);
      });
    chats.set(chat, work);
    return work;
  }

  /** @returns whether to go on */
  async function afterError(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (error instanceof GrammyError && error.error_code === 409) {
      logger.warn('somebody else is polling with this token, or a webhook is set: standing down');
      onConflict();
      return false;
    }
    if (error instanceof GrammyError && error.error_code === 401) {
      logger.error('Telegram does not know this token (any more): BOT_TOKEN must be corrected');
      onRevoked();
      return false;
    }
    const verdict = classifyTelegramError(error, 'getUpdates');
    const waitMs = verdict.kind === 'failed' ? (verdict.error.retryAfterMs ?? AFTER_ERROR_MS) : AFTER_ERROR_MS;
    logger.warn(
      { err: verdict.kind === 'failed' ? verdict.error : undefined, waitMs },
      'Telegram could not be asked for updates',
    );
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  async function run(signal: AbortSignal): Promise<void> {
    let offset = 0;
    while (!signal.aborted) {
      try {
        const updates = await api.getUpdates(
          { offset, limit: 100, timeout: LONG_POLL_SECONDS, allowed_updates: [...ALLOWED_UPDATES] },
          signal as never,
        );
        if (updates.length === 0) continue;
        const batch = Promise.all(updates.map(enqueue));
        const patience = new AbortController();
        await Promise.race([batch, pause(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
        patience.abort();
        offset = updates.at(-1)!.update_id + 1;
      } catch (error) {
        if (!(await afterError(error, signal))) break;
      }
    }
    await Promise.all(chats.values());
    // The confirmation of what was handled; without it the next poller gets it again, which is only a waste.
    if (offset > 0) await api.getUpdates({ offset, limit: 1, timeout: 0 }).catch(() => undefined);
  }

  return {
    start() {
      if (running) return;
      stopping = new AbortController();
      running = run(stopping.signal).catch((error: unknown) =>
        logger.error({ reason: error instanceof Error ? error.name : 'unknown' }, 'polling has ended'),
      );
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
  };
}
