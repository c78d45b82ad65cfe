import { log } from '@temporalio/activity';
import { keyMessage } from '../messages/screens/key';
import { giftScreen } from '../messages/screens/gift';
import { giftCardPng } from '../messages/screens/giftCard';
import { paymentScreen } from '../messages/screens/payment';
import { qrPng } from '../messages/screens/qr';
import type { Screen } from '../messages/screens/screen';
import { isRefusedMessage } from '../gateways/errors';
import type { Payment } from '../domain/payment';
import { subscriptionLink } from '../domain/subscriptionLink';
import { voucherLink } from '../domain/voucher/code';
import type { GiftsRepository } from '../storage/postgres/gifts';
import type { ChatOf, PaymentsRepository } from '../storage/postgres/payments';
import type { SubscriptionsRepository } from '../storage/postgres/subscriptions';
import type { KeyAnswer } from '../workflows/contracts/activities';
import type { OwnersDeps } from './ownerNotice';
import { sendWithPicture } from './sendKeyMessage';

export interface ChatDeps extends Pick<OwnersDeps, 'telegram' | 'notifications' | 'users'> {
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly gifts: Pick<GiftsRepository, 'byId'>;
  readonly publicUrl: string | undefined;
  /** The bot's name, for the link of a gift. @throws GatewayError */
  readonly botUsername: () => Promise<string>;
  readonly now: () => Date;
}

export type Chat = ReturnType<typeof createChat>;

const SENT: KeyAnswer = { outcome: 'sent' };

/**
 * What the buyer of a payment reads. That a buyer can't be written to is a normal outcome: it is recorded, and
 * nothing waits for it.
 */
export function createChat(deps: ChatDeps) {
  const { telegram, payments, subscriptions, gifts, notifications, users, publicUrl, botUsername } = deps;

  const noteUnreachable = async (payment: Payment, message: string, reason: string): Promise<void> => {
    await users.setReachable(payment.userId, false);
    await payments.recordEvent(payment.id, 'telegram', 'buyer-unreachable', { message, reason });
  };

  /** What was bought, for its buyer. @returns `undefined`: a gift that is not theirs to give any more */
  const boughtBy = async ({
    payment,
    timeZone,
  }: ChatOf): Promise<
    { readonly url: string; readonly screen: Screen; readonly png: (url: string) => Buffer } | undefined
  > => {
    const { id, language } = payment;
    if (payment.purpose === 'gift') {
      const gift = await gifts.byId(id);
      if (!gift) throw new Error(`the order ${id} has no gift to send the link of`);
      if (gift.state !== 'waiting') return undefined;
      const url = voucherLink(await botUsername(), gift.code);
      return { url, screen: giftScreen(gift, url, language), png: giftCardPng };
    }
    const subscription = payment.subscriptionId === null ? undefined : await subscriptions.byId(payment.subscriptionId);
    if (!subscription) throw new Error(`payment ${id} has no subscription to send a key of`);
    const url = subscriptionLink(subscription);
    return {
      url,
      screen: keyMessage({ subscription, subscriptionUrl: url, language, timeZone, publicUrl }),
      png: qrPng,
    };
  };

  /** At least once: only a message that Telegram has confirmed is not sent again. What it did not take stays owed. */
  const sendKey = async (chatOf: ChatOf): Promise<KeyAnswer> => {
    const { payment } = chatOf;
    const { id: paymentId, userId, chatId } = payment;
    if (payment.keySentAt !== null) return SENT;
    const bought = await boughtBy(chatOf);
    if (!bought) return SENT;
    const { url, screen, png } = bought;
    try {
      const sent = await sendWithPicture(telegram, chatId, () => png(url), screen);
      if (sent.outcome === 'sent') {
        await notifications.recordKeySent(userId, paymentId, sent.messageId);
        return SENT;
      }
      await notifications.record(userId, 'key', paymentId, 'unreachable');
      await noteUnreachable(payment, 'key', sent.reason);
      return { outcome: 'owed', why: 'unreachable' };
    } catch (error) {
      if (!isRefusedMessage(error)) throw error;
      await notifications.record(userId, 'key', paymentId, 'dropped');
      log.error('Telegram refuses the message with a key', { paymentId, code: error.code });
      return { outcome: 'owed', why: 'refused' };
    }
  };

  const showScreen = async ({ payment, timeZone }: ChatOf): Promise<void> => {
    const screen = paymentScreen({ payment, language: payment.language, timeZone, now: deps.now() });
    const { chatId, screenMessageId } = payment;
    if (screenMessageId !== null) {
      const edited = await telegram.editMessage({ chatId, messageId: screenMessageId, ...screen });
      if (edited.outcome === 'unreachable-user') return noteUnreachable(payment, 'payment-screen', edited.reason);
      if (edited.outcome !== 'gone') return;
    }
    const sent = await telegram.sendMessage({ chatId, ...screen });
    if (sent.outcome === 'unreachable-user') return noteUnreachable(payment, 'payment-screen', sent.reason);
    await payments.setScreenMessage(payment.id, sent.messageId);
  };

  return { load: payments.chatOf, sendKey, showScreen };
}
