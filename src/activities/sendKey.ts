import { log } from '@temporalio/activity';
import { subscriptionLink } from '../domain/subscriptionLink';
import { isRefusedMessage } from '../gateways/errors';
import { keyMessage } from '../messages/screens/key';
import type { OwedKeysRepository } from '../storage/postgres/owedKeys';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { KeyAnswer } from '../workflows/contracts/activities';
import type { OwnersDeps } from './ownerNotice';
import { sendKeyMessage } from './sendKeyMessage';

export interface SendKeyDeps extends Pick<OwnersDeps, 'telegram' | 'notifications' | 'users'> {
  readonly owedKeys: Pick<OwedKeysRepository, 'toSend'>;
  readonly payments: Pick<PaymentsRepository, 'recordEvent'>;
  readonly publicUrl: string | undefined;
}

/**
 * Sends the key of a payment, or of a free grant. At least once: only a message that Telegram has confirmed is not sent
 * again. What it did not take stays owed.
 * @throws GatewayError when Telegram is away
 */
export type SendKey = (id: string) => Promise<KeyAnswer>;

const SENT: KeyAnswer = { outcome: 'sent' };

export function createSendKey(deps: SendKeyDeps): SendKey {
  const { telegram, owedKeys, payments, notifications, users, publicUrl } = deps;
  return async (id) => {
    const key = await owedKeys.toSend(id);
    if (key.keySentAt !== null) return SENT;
    const { subscription, userId, chatId, language, timeZone } = key;
    const url = subscriptionLink(subscription);
    const screen = keyMessage({ subscription, subscriptionUrl: url, language, timeZone, publicUrl });
    try {
      const sent = await sendKeyMessage(telegram, chatId, url, screen);
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
