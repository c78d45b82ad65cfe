import { subscriptionLink } from '../../domain/subscriptionLink';
import { voucherLink } from '../../domain/voucher/code';
import { giftScreen } from '../../messages/screens/gift';
import { keyMessage } from '../../messages/screens/key';
import type { Screen } from '../../messages/screens/screen';
import type { OwedKey } from '../../storage/postgres/owedKeys';
import type { ChatOf } from '../../storage/postgres/payments';
import type { BotDeps } from '../ports';

export type OwedKeysDeps = Pick<BotDeps, 'owedKeys' | 'payments' | 'gifts' | 'notifications' | 'publicUrl'>;

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
 * Sends somebody who can be written to again the keys they are owed, paid or given, and the links of their gifts, each
 * as text with its buttons, and brings the orders' screens up to date, which could not be edited meanwhile. Like every
 * key at least once; what fails here is sent by reconciliation, which also tells them what became of their gifts.
 */
export function createOwedKeys(deps: OwedKeysDeps) {
  const { owedKeys, payments, gifts, notifications, publicUrl } = deps;

  async function messageOf(owed: OwedKey, botUsername: string): Promise<{ chatId: number; screen: Screen }> {
    if (owed.isGift) {
      const [gift, { payment, timeZone }] = await Promise.all([gifts.byId(owed.id), payments.chatOf(owed.id)]);
      if (!gift) throw new Error(`gift ${owed.id} does not exist`);
      const link = voucherLink(botUsername, gift.code);
      const screen = giftScreen({ gift, link, timeZone }, payment.language);
      return { chatId: payment.chatId, screen };
    }
    const key = await owedKeys.toSend(owed.id);
    if (!key) throw new Error(`payment or free grant ${owed.id} has no subscription to send a key of`);
    const screen = keyMessage({ ...key, subscriptionUrl: subscriptionLink(key.subscription), publicUrl });
    return { chatId: key.chatId, screen };
  }

  return async (userId: number, chat: BuyerChat): Promise<void> => {
    for (const owed of await owedKeys.ofUser(userId)) {
      const { chatId, screen } = await messageOf(owed, chat.botUsername);
      const refresh = async () => {
        if (owed.freeKind === null) await chat.refreshScreen(await payments.chatOf(owed.id));
      };
      // Before the key, too: once the key is recorded as sent, nobody comes back to a screen that was not edited.
      await refresh();
      await notifications.recordKeySent(owed, await chat.send(chatId, screen));
      await refresh();
    }
  };
}
