import { setTimeout as pause } from 'node:timers/promises';
import { GrammyError, type Api } from 'grammy';
import type { Update } from 'grammy/types';
import type { Logger } from '../config/logger';
import { classifyTelegramError } from '../gateways/telegram/classify';
import { withTimeLimit } from '../process/timeLimit';
import { ALLOWED_UPDATES, type ShopBot } from './createBot';

export interface Poller {
  /** Starts polling and returns at once. */
  start(): void;
  /** Stops polling, waits for the updates that are being handled, and confirms them to Telegram. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  readonly api: Api;
  readonly handleUpdate: ShopBot['handleUpdate'];
  readonly logger: Logger;
  /** Called at a 409: somebody else polls with this token, or a webhook is set. Polling has ended then. */
  readonly onConflict: () => void;
  /** Called at a 401: the token was revoked. Polling has ended then. */
  readonly onRevoked: () => void;
}

const LONG_POLL_SECONDS = 25;
/** After this time the next batch is fetched although some chats are not done; within each chat the order stays. */
const BATCH_WAIT_MS = 5_000;
const AFTER_ERROR_MS = 2_000;
const POSTPONED_MS = 500;
/** Longer than any replica, dead or slow, keeps an update reserved (`createUpdateDedup`). */
const GIVE_UP_POSTPONED_MS = 65_000;

/**
 * Long polling. The chats of a batch are handled in parallel, the updates of one chat in order. The batch is confirmed
 * when it is done or after 5 s, so that Telegram delivers again what a killed process had not finished by then.
 */
export function createPoller({ api, handleUpdate, logger, onConflict, onRevoked }: PollerOptions): Poller {
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  /** The last running work of each chat. */
  const chats = new Map<number, Promise<void>>();

  async function handle(update: Update): Promise<void> {
    const end = performance.now() + GIVE_UP_POSTPONED_MS;
    while ((await handleUpdate(update)) === 'postponed') {
      if (performance.now() >= end)
        return logger.error(
          { updateId: update.update_id },
          'an update stayed reserved by another replica for 65 s and is not handled here',
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
      logger.warn('another process polls with this token, or a webhook is set (409): this replica stops polling');
      onConflict();
      return false;
    }
    if (error instanceof GrammyError && error.error_code === 401) {
      logger.error('Telegram does not know this token: correct BOT_TOKEN');
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
        await withTimeLimit(BATCH_WAIT_MS, 'the chats of a batch', batch).catch(() => undefined);
        offset = updates.at(-1)!.update_id + 1;
      } catch (error) {
        if (!(await afterError(error, signal))) break;
      }
    }
    await Promise.all(chats.values());
    // Confirms what was handled. Without it the next poller gets it again and drops it as a duplicate.
    if (offset > 0) await api.getUpdates({ offset, limit: 1, timeout: 0 }).catch(() => undefined);
  }

  return {
    start() {
      if (running) return;
      stopping = new AbortController();
      running = run(stopping.signal).catch((error: unknown) =>
        logger.error({ reason: error instanceof Error ? error.name : 'unknown' }, 'polling ended with an error'),
      );
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
  };
}
