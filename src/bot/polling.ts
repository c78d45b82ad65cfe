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
/** While updates are being handled Telegram is asked again after this time at the latest, for others' updates. */
const NEXT_POLL_MS = 1_000;
const AFTER_ERROR_MS = 2_000;
const POSTPONED_MS = 500;
/**
 * An update that takes longer holds back the confirmation of the later ones no more; Telegram gives a hundred at a
 * time. It is longer than any replica, dead or slow, keeps an update reserved (`createUpdateDedup`).
 */
const GIVE_UP_MS = 65_000;

/**
 * Long polling. Chats are handled in parallel, the updates of one chat in order. Confirmed is what was handled and
 * nothing behind it: what a killed process had in hand is delivered again, and what it had handled beyond that is
 * dropped as a duplicate (`createUpdateDedup`).
 */
export function createPoller({ api, handleUpdate, logger, onConflict, onRevoked }: PollerOptions): Poller {
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  /** The last running work of each chat. */
  const chats = new Map<number, Promise<void>>();
  /** Updates that were taken and are not confirmed, in the order in which Telegram gave them. */
  const taken = new Map<number, 'in-hand' | 'done'>();

  async function handle(update: Update): Promise<void> {
    const end = performance.now() + GIVE_UP_MS;
    while ((await handleUpdate(update)) === 'postponed') {
      if (performance.now() >= end)
        return logger.error(
          { updateId: update.update_id },
          'an update stayed reserved by another replica for 65 s and is not handled here',
        );
      await pause(POSTPONED_MS);
    }
  }

  function enqueue(update: Update): void {
    const id = update.update_id;
    const chat = (update.message ?? update.callback_query ?? update.my_chat_member)?.from?.id ?? 0;
    taken.set(id, 'in-hand');
    const isDone = () => void (taken.has(id) && taken.set(id, 'done'));
    const work = (chats.get(chat) ?? Promise.resolve())
      .then(() => {
        const giveUp = setTimeout(() => {
          logger.error({ updateId: id }, 'an update takes over 65 s; the later ones are confirmed before it is done');
          isDone();
        }, GIVE_UP_MS);
        return handle(update).finally(() => clearTimeout(giveUp));
      })
      .catch((error: unknown) =>
        logger.error(
          { reason: error instanceof Error ? error.name : 'unknown', updateId: id },
          'an update could not be handled',
        ),
      )
      .finally(() => {
        isDone();
        if (chats.get(chat) === work) chats.delete(chat);
      });
    chats.set(chat, work);
  }

  /** Everything up to the first update that is still in hand. @returns the id after it; `undefined`: nothing new */
  function takeConfirmable(): number | undefined {
    let next: number | undefined;
    for (const [id, state] of taken) {
      if (state !== 'done') break;
      taken.delete(id);
      next = id + 1;
    }
    return next;
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
        const isIdle = taken.size === 0;
        const updates = await api.getUpdates(
          { offset, limit: 100, timeout: isIdle ? LONG_POLL_SECONDS : 0, allowed_updates: [...ALLOWED_UPDATES] },
          signal as never,
        );
        // What is in hand is given again until it is confirmed.
        for (const update of updates) if (!taken.has(update.update_id)) enqueue(update);
        const work = Promise.all(chats.values());
        await withTimeLimit(NEXT_POLL_MS, 'the chats', work).catch(() => undefined);
        offset = takeConfirmable() ?? offset;
      } catch (error) {
        if (!(await afterError(error, signal))) break;
      }
    }
    await Promise.all(chats.values());
    offset = takeConfirmable() ?? offset;
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
