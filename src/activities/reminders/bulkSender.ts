import { setTimeout as sleep } from 'node:timers/promises';
import type { Screen } from '../../messages/screens/screen';
import { isGatewayError, type GatewayError } from '../../gateways/errors';
import type { TelegramGateway } from '../../gateways/telegram';
import type { ExpiryNoticesRepository, MessageKey } from '../../storage/postgres/expiryNotices';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { TelegramPace } from '../../storage/postgres/telegramPace';
import type { UsersRepository } from '../../storage/postgres/users';
import { NO_MESSAGES, type BulkCounts } from '../../workflows/contracts/reminders';

export interface BulkSenderDeps {
  readonly telegram: Pick<TelegramGateway, 'sendMessage'>;
  readonly expiryNotices: Pick<ExpiryNoticesRepository, 'claim' | 'release'>;
  readonly notifications: Pick<NotificationsRepository, 'record'>;
  readonly users: Pick<UsersRepository, 'setReachable'>;
  readonly pace: Pick<TelegramPace, 'takeTurn' | 'pause'>;
  /** Told what Telegram refused, for the log: a fault of ours. */
  readonly onRefused?: (message: MessageKey, code: string | undefined) => void;
}

/** A message about an end, at most once in the world. */
export interface BulkMessage extends MessageKey {
  readonly subscriptionId: string;
  readonly status: 'active' | 'expired';
  readonly expiresAt: Date;
  /** Its words, asked for when its turn has come; nothing when the day has moved on and they would be wrong. */
  readonly screen: () => Screen | undefined;
}

export type BulkOutcome = keyof BulkCounts;

/** Telegram answers in a tenth of a second or two; with this many on their way its pace, not its distance, is the limit. */
const IN_FLIGHT = 8;
/** Unreadable answers in a row after which it is Telegram that is away, not one message that is odd. */
const DOUBTS_IN_A_ROW = 3;

/**
 * Sends messages that can wait, in order, at the common pace. Each is claimed right before it goes out, so a kill costs at
 * most the few that were on their way, and those are never repeated.
 */
export function createBulkSender(deps: BulkSenderDeps) {
  const { telegram, expiryNotices, notifications, users, pace } = deps;
  let doubts = 0;
  // Those that had their turn before a 429 was heard of would run into it one by one.
  let pausedUntil = 0;

  const waitTurn = async (signal: AbortSignal | undefined): Promise<void> => {
    do {
      signal?.throwIfAborted();
      const ms = Math.max(await pace.takeTurn(), pausedUntil - performance.now());
      // The pace may be half a minute away after a 429; a stop does not wait for it.
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

  /** @returns what to count it as, or nothing when its turn comes again. @throws when nobody's message can go out now */
  const afterFailure = async (message: BulkMessage, error: unknown): Promise<BulkOutcome | undefined> => {
    if (!isGatewayError(error)) throw error;
    switch (error.kind) {
      case 'rate-limited': {
        // Nothing went out. Everybody pauses, from now and not from when PostgreSQL has taken this person back as the next one.
        const pauseMs = error.retryAfterMs ?? 1_000;
        pausedUntil = performance.now() + pauseMs;
        await expiryNotices.release(message);
        await pace.pause(pauseMs);
        return undefined;
      }
      case 'unreachable':
        await expiryNotices.release(message);
        throw error;
      case 'unknown-outcome':
        // It may have arrived: better one reminder too few than the same one twice.
        doubts += 1;
        if (doubts >= DOUBTS_IN_A_ROW) throw error;
        return 'doubtful';
      case 'refused':
        if (isOurToken(error)) {
          await expiryNotices.release(message);
          // Not Telegram's "no" to this message: worth another attempt once somebody has mended the token.
          throw new Error(`Telegram does not take our token (${error.status}); nobody can be written to`);
        }
        await notifications.record(message.userId, message.kind, message.subject, 'dropped');
        deps.onRefused?.(message, error.code);
        return 'refused';
    }
  };

  return {
    /**
     * @param onProgress told how many messages from the beginning are done for good, and how they ended
     * @param signal stops taking new turns; what is on its way is waited for
     * @throws GatewayError when Telegram or our token is not there; the signal's reason when it was stopped
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

/** A revoked token is nobody's message: everything waits until it is mended. */
function isOurToken(error: GatewayError): boolean {
  return error.status === 401 || error.status === 404;
}
