import { log } from '@temporalio/activity';
import { isRefusedMessage } from '../gateways/errors';
import type { SendOutcome, TelegramGateway } from '../gateways/telegram';
import { qrPng } from '../messages/screens/qr';
import type { Screen } from '../messages/screens/screen';

/** Telegram's limit for the text under a photo (Telegram docs, sendPhoto). */
const CAPTION_LIMIT = 1024;

/**
 * Sends a key as text and QR code in one message; as text alone when it does not fit below a picture or no picture is
 * taken.
 * @param url the key
 */
export function sendKeyMessage(telegram: Sender, chatId: number, url: string, screen: Screen): Promise<SendOutcome> {
  return sendWithPicture(telegram, chatId, () => qrPng(url), screen);
}

type Sender = Pick<TelegramGateway, 'sendMessage' | 'sendPhoto'>;

/** The same with another picture of a secret, a PNG. */
export async function sendWithPicture(
  telegram: Sender,
  chatId: number,
  pngOf: () => Buffer,
  screen: Screen,
): Promise<SendOutcome> {
  const asText = () => telegram.sendMessage({ chatId, ...screen });
  if (screen.text.length > CAPTION_LIMIT) return asText();
  try {
    return await telegram.sendPhoto({ chatId, png: pngOf(), caption: screen.text, keyboard: screen.keyboard });
  } catch (error) {
    if (!isRefusedMessage(error)) throw error;
    log.warn('Telegram refuses the picture of a key, or of a gift; it goes out as text', { code: error.code });
    return asText();
  }
}
