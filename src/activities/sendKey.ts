import { log } from '@temporalio/activity';
import { subscriptionLink } from '../domain/subscriptionLink';
import { voucherLink } from '../domain/voucher/code';
import { isRefusedMessage } from '../gateways/errors';
import { keyMessage } from '../messages/screens/key';
import { giftScreen } from '../messages/screens/gift';
import { giftCardPng } from '../messages/screens/giftCard';
import { qrPng } from '../messages/screens/qr';
import type { Screen } from '../messages/screens/screen';
import type { GiftsRepository } from '../storage/postgres/gifts';
import type { KeyToSend, OwedKeysRepository } from '../storage/postgres/owedKeys';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { KeyAnswer } from '../workflows/contracts/activities';
import type { OwnersDeps } from './ownerNotice';
import { sendWithPicture } from './sendWithPicture';

export interface SendKeyDeps extends Pick<OwnersDeps, 'telegram' | 'notifications' | 'users'> {
  readonly owedKeys: Pick<OwedKeysRepository, 'toSend'>;
  readonly payments: Pick<PaymentsRepository, 'recordEvent' | 'chatOf'>;
  readonly gifts: Pick<GiftsRepository, 'byId'>;
  /** The bot's name, for the link of a gift. @throws GatewayError */
  readonly botUsername: () => Promise<string>;
  readonly publicUrl: string | undefined;
}

/**
 * Sends the key of a payment or of a free grant, or the link of a gift. At least once: only a message that Telegram has
 * confirmed is not sent again. What it did not take stays owed.
 * @throws GatewayError when Telegram is away
 */
export type SendKey = (id: string) => Promise<KeyAnswer>;

/** What is sent, and with which picture. */
interface SecretMessage extends Pick<KeyToSend, 'id' | 'freeKind' | 'userId' | 'chatId' | 'keySentAt'> {
  readonly png: () => Buffer;
  readonly screen: Screen;
}

const SENT: KeyAnswer = { outcome: 'sent' };

export function createSendKey(deps: SendKeyDeps): SendKey {
  const { telegram, owedKeys, payments, gifts, notifications, users, publicUrl, botUsername } = deps;

  const messageOf = async (id: string): Promise<SecretMessage | undefined> => {
    const key = await owedKeys.toSend(id);
    if (key) {
      const url = subscriptionLink(key.subscription);
      return { ...key, png: () => qrPng(url), screen: keyMessage({ ...key, subscriptionUrl: url, publicUrl }) };
    }
    const gift = await gifts.byId(id);
    if (!gift) throw new Error(`payment or free grant ${id} has no subscription to send a key of`);
    // Somebody has it already, or its money goes back: there is nothing to be sent on any more.
    if (gift.state !== 'waiting' && gift.state !== 'returned') return undefined;
    const { payment, timeZone } = await payments.chatOf(id);
    const { language, userId, chatId, keySentAt } = payment;
    const url = voucherLink(await botUsername(), gift.code);
    const screen = giftScreen({ gift, link: url, timeZone }, language);
    return { id, freeKind: null, userId, chatId, keySentAt, png: () => giftCardPng(url), screen };
  };

  return async (id) => {
    const key = await messageOf(id);
    if (!key) return { outcome: 'not-needed' };
    if (key.keySentAt !== null) return SENT;
    const { userId, chatId, png, screen } = key;
    try {
      const sent = await sendWithPicture(telegram, chatId, png, screen);
      if (sent.outcome === 'sent') {
        await notifications.recordKeySent(key, sent.messageId);
        return SENT;
      }
      await notifications.record(userId, 'key', id, 'unreachable');
      await users.setReachable(userId, false);
      if (key.freeKind === null)
        await payments.recordEvent(id, 'telegram', 'buyer-unreachable', { message: 'key', reason: sent.reason });
      return { outcome: 'owed', why: 'unreachable' };
    } catch (error) {
      if (!isRefusedMessage(error)) throw error;
      await notifications.record(userId, 'key', id, 'dropped');
      log.error('Telegram refuses the message with a key', { id, code: error.code });
      return { outcome: 'owed', why: 'refused' };
    }
  };
}
