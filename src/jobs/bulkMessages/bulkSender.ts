import { setTimeout as sleep } from 'node:timers/promises';
import type { Screen } from '../../messages/screens/screen';
import { isGatewayError, type GatewayError } from '../../gateways/errors';
import type { TelegramGateway } from '../../gateways/telegram';
import type { ExpiryNoticesRepository, MessageKey } from '../../storage/postgres/expiryNotices';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { TelegramPace } from '../../storage/postgres/telegramPace';
import type { UsersRepository } from '../../storage/postgres/users';
import { NO_MESSAGES, type BulkCounts } from './contract';

export interface BulkSenderDependencies {
  readonly telegram: Pick<TelegramGateway, 'sendMessage'>;
  readonly expiryNotices: Pick<ExpiryNoticesRepository, 'claim' | 'release'>;
  readonly notifications: Pick<NotificationsRepository, 'record'>;
  readonly users: Pick<UsersRepository, 'setReachable'>;
  readonly telegramPace: Pick<TelegramPace, 'takeTurn' | 'pause'>;
  /** Called with what Telegram refused, for the log: a fault of ours. */
  readonly onRefused?: (message: MessageKey, code: string | undefined) => void;
}

/** A message about the end of a subscription, sent at most once. */
export interface BulkMessage extends MessageKey {
  readonly subscriptionId: string;
  readonly status: 'active' | 'expired';
  readonly expiresAt: Date;
  /** Called when its turn has come; `undefined` when the day has changed since and the words would be wrong. */
  readonly screen: () => Screen | undefined;
}

export type BulkOutcome = keyof BulkCounts;

/**
 * Telegram answers in 0.1 to 0.2 s; with this many requests at once its rate limit, not its latency, is what counts.
 */
const IN_FLIGHT = 8;
/** So many unreadable answers in a row mean that Telegram is away, not that one message is odd. */
const DOUBTS_IN_A_ROW = 3;

/**
 * Sends messages that can wait, in order, at the rate that all workers share. Each is claimed in PostgreSQL right
 * before it goes out, so a kill loses at most the few that were being sent, and those are never repeated.
 */
export function createBulkSender(dependencies: BulkSenderDependencies) {
  const { telegram, expiryNotices, notifications, users, telegramPace } = dependencies;
  let doubts = 0;
  // Messages that had their turn before a 429 came would get one each.
  let pausedUntil = 0;

  const waitTurn = async (signal: AbortSignal | undefined): Promise<void> => {
    do {
      signal?.throwIfAborted();
      const ms = Math.max(await telegramPace.takeTurn(), pausedUntil - performance.now());
      // After a 429 that may be half a minute; a stop does not wait for it.
      if (ms > 0) await sleep(ms, undefined, { ...(signal ? { signal } : {}) });
    } while (performance.now() < pausedUntil);
  };

  const sendOne = async (message: BulkMessage, signal: AbortSignal | undefined): Promise<BulkOutcome> => {
    for (;;) {
      await waitTurn(signal);
      const screen = message.screen();
      if (!screen || !(await expiryNotices.claim(message, message))) return 'sentBefore';
      try {
        const sent = await telegram.sendMessage({ chatId: message.userId, ...screen });
        doubts = 0;
        if (sent.outcome === 'sent') {
          await notifications.record(message.userId, message.kind, message.subject, 'sent', sent.messageId);
          return 'sent';
        }
        await notifications.record(message.userId, message.kind, message.subject, 'unreachable');
        await users.setReachable(message.userId, false);
        return 'unreachable';
      } catch (error) {
        const outcome = await afterFailure(message, error);
        if (outcome !== undefined) return outcome;
      }
    }
  };

  /** @returns what to count it as; `undefined`: try it again. @throws when nobody's message can go out now */
  const afterFailure = async (message: BulkMessage, error: unknown): Promise<BulkOutcome | undefined> => {
    if (!isGatewayError(error)) throw error;
    switch (error.kind) {
      case 'rate-limited': {
        // Nothing went out. All messages pause, from now and not from when PostgreSQL has released this one's claim.
        const pauseMs = error.retryAfterMs ?? 1_000;
        pausedUntil = performance.now() + pauseMs;
        await expiryNotices.release(message);
        await telegramPace.pause(pauseMs);
        return undefined;
      }
      case 'unreachable':
        await expiryNotices.release(message);
        throw error;
      case 'unknown-outcome':
        // It may have arrived: one reminder too few is better than the same one twice.
        doubts += 1;
        if (doubts >= DOUBTS_IN_A_ROW) throw error;
        return 'doubtful';
      case 'refused':
        if (isTokenRefused(error)) {
          await expiryNotices.release(message);
          // Not this message's fault: it can be sent once somebody has corrected the token.
          throw new Error(`Telegram does not take BOT_TOKEN (HTTP ${error.status}); nobody can be written to`);
        }
        await notifications.record(message.userId, message.kind, message.subject, 'dropped');
        dependencies.onRefused?.(message, error.code);
        return 'refused';
    }
  };

  return {
    /**
     * @param onProgress called with how many messages from the beginning are done for good, and how they ended
     * @param signal stops it: no new message is begun, those being sent are waited for
     * @throws GatewayError when Telegram is away, Error when it refuses the token, the signal's reason when it was
     * stopped
     */
    async send(
      messages: readonly BulkMessage[],
      onProgress: (done: number, counts: BulkCounts) => void,
      signal?: AbortSignal,
    ): Promise<BulkCounts> {
      const counts = { ...NO_MESSAGES };
      const ended: boolean[] = messages.map(() => false);
      let next = 0;
      let done = 0;
      let failure: { readonly error: unknown } | undefined;
      const worker = async (): Promise<void> => {
        while (next < messages.length && failure === undefined) {
          const index = next++;
          try {
            counts[await sendOne(messages[index]!, signal)] += 1;
          } catch (error) {
            failure ??= { error };
            return;
          }
          ended[index] = true;
          while (ended[done]) done += 1;
          onProgress(done, { ...counts });
        }
      };
      await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, messages.length) }, worker));
      if (failure) throw failure.error;
      return counts;
    },
  };
}

/** A revoked token: every message waits until it is corrected. */
export function isTokenRefused(error: GatewayError): boolean {
  return error.status === 401 || error.status === 404;
}
