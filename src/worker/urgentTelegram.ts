import { isGatewayError } from '../gateways/errors';
import type { TelegramGateway } from '../gateways/telegram';
import type { TelegramPace } from '../storage/postgres/telegramPace';

/**
 * Telegram for what people wait for: receipts, keys, payment screens. It goes out at once and takes its place from the
 * messages that can wait, which come so much later; told "later" by Telegram, it stops them for that long.
 *
 * The pace is a courtesy: when PostgreSQL does not answer, the key goes out all the same.
 */
export function createUrgentTelegram(
  telegram: TelegramGateway,
  pace: Pick<TelegramPace, 'goAhead' | 'pause'>,
): TelegramGateway {
  const first = async <T>(send: () => Promise<T>): Promise<T> => {
    await pace.goAhead().catch(() => undefined);
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
  };
}
