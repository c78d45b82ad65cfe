import { log } from '@temporalio/activity';
import { isRefusedMessage } from '../gateways/errors';
import type { SendOutcome, TelegramGateway } from '../gateways/telegram';
import type { Screen } from '../messages/screens/screen';

/** Telegram's limit for the text under a photo (Telegram docs, sendPhoto). */
const CAPTION_LIMIT = 1024;

type Sender = Pick<TelegramGateway, 'sendMessage' | 'sendPhoto'>;

/**
 * Sends a secret as text and picture in one message; as text alone when it does not fit below a picture or no picture
 * is taken.
 * @param png makes the picture
 */
export async function sendWithPicture(
  telegram: Sender,
  chatId: number,
  png: () => Buffer,
  screen: Screen,
): Promise<SendOutcome> {
  const asText = () => telegram.sendMessage({ chatId, ...screen });
  if (screen.text.length > CAPTION_LIMIT) return asText();
  try {
    return await telegram.sendPhoto({ chatId, png: png(), caption: screen.text, keyboard: screen.keyboard });
  } catch (error) {
    if (!isRefusedMessage(error)) throw error;
    log.warn('Telegram refuses the picture of a key, or of a gift; it goes out as text', { code: error.code });
    return asText();
  }
}
