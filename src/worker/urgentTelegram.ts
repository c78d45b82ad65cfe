import { isGatewayError } from '../gateways/errors';
import type { TelegramGateway } from '../gateways/telegram';
import type { TelegramPace } from '../storage/postgres/telegramPace';

const COUNT_EVERY_MS = 100;

/**
 * Telegram for what people wait for: receipts, keys, payment screens. It goes out at once and takes its place from the
 * messages that can wait, which come so much later; told "later" by Telegram, it stops them for that long.
 *
 * The pace is a courtesy: when PostgreSQL does not answer, the key goes out all the same. Messages of a tenth of a
 * second are counted by one statement: each purchase sends three, and nothing waits for their being counted.
 */
export function createUrgentTelegram(
  telegram: TelegramGateway,
  pace: Pick<TelegramPace, 'goAhead' | 'pause'>,
): TelegramGateway {
  let uncounted = 0;
  const count = (): void => {
    uncounted += 1;
    if (uncounted > 1) return;
    setTimeout(() => {
      const messages = uncounted;
      uncounted = 0;
      pace.goAhead(messages).catch(() => undefined);
    }, COUNT_EVERY_MS).unref();
  };
  const first = async <T>(send: () => Promise<T>): Promise<T> => {
    count();
    try {
      return await send();
    } catch (error) {
      if (isGatewayError(error) && error.kind === 'rate-limited')
        await pace.pause(error.retryAfterMs ?? 1_000).catch(() => undefined);
      throw error;
    }
  };
  return {
    sendMessage: (message) => first(() => telegram.sendMessage(message)),
    editMessage: (edit) => first(() => telegram.editMessage(edit)),
    sendPhoto: (photo) => first(() => telegram.sendPhoto(photo)),
    deleteMessage: (message) => first(() => telegram.deleteMessage(message)),
    isMember: telegram.isMember,
  };
}
