import { subscriptionLink } from '../../domain/subscriptionLink';
import { voucherLink } from '../../domain/voucher/code';
import { giftScreen } from '../../messages/screens/gift';
import { keyMessage } from '../../messages/screens/key';
import type { Screen } from '../../messages/screens/screen';
import type { ChatOf } from '../../storage/postgres/payments';
import type { BotDeps } from '../ports';

export type OwedKeysDeps = Pick<
  BotDeps,
  'owedKeys' | 'payments' | 'subscriptions' | 'gifts' | 'notifications' | 'publicUrl'
>;

/** How a buyer is written to. */
export interface BuyerChat {
  /** Sends a message. @returns its id */
  send(chatId: number, screen: Screen): Promise<number>;
  /** The bot's name, for the link of a gift. */
  readonly botUsername: string;
  /** Brings the screen of a payment up to date. */
  refreshScreen(chatOf: ChatOf): Promise<void>;
}

/**
 * Sends a buyer who can be written to again the keys and links of gifts they are owed, each as text with its buttons,
 * and brings the orders' screens up to date, which could not be edited meanwhile. Like every key at least once; what
 * fails here is sent by reconciliation.
 */
export function createOwedKeys(deps: OwedKeysDeps) {
  const { owedKeys, payments, subscriptions, gifts, notifications, publicUrl } = deps;

  /** @returns `undefined`: there is nothing to be sent any more */
  async function boughtBy({ payment, timeZone }: ChatOf, botUsername: string): Promise<Screen | undefined> {
    const { language } = payment;
    const gift = payment.purpose === 'gift' ? await gifts.byId(payment.id) : undefined;
    if (gift) return giftScreen(gift, voucherLink(botUsername, gift.code), language);
    const subscription = payment.subscriptionId ? await subscriptions.byId(payment.subscriptionId) : undefined;
    if (!subscription) return undefined;
    const subscriptionUrl = subscriptionLink(subscription);
    return keyMessage({ subscription, subscriptionUrl, language, timeZone, publicUrl });
  }

  return async (userId: number, chat: BuyerChat): Promise<void> => {
    for (const { paymentId } of await owedKeys.ofUser(userId)) {
      const known = await payments.chatOf(paymentId);
      const { payment } = known;
      const screen = await boughtBy(known, chat.botUsername);
      if (!screen) continue;
      // Before the key, too: once the key is recorded as sent, nobody comes back to a screen that was not edited.
      await chat.refreshScreen(known);
      await notifications.recordKeySent(userId, paymentId, await chat.send(payment.chatId, screen));
      await chat.refreshScreen(await payments.chatOf(paymentId));
    }
  };
}
