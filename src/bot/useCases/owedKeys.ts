import { subscriptionLink } from '../../domain/subscriptionLink';
import { keyMessage } from '../../messages/screens/key';
import type { Screen } from '../../messages/screens/screen';
import type { BotDeps } from '../ports';

export type OwedKeysDeps = Pick<BotDeps, 'owedKeys' | 'payments' | 'subscriptions' | 'notifications' | 'publicUrl'>;

/**
 * Sends a buyer who can be written to again the keys they are owed, each as text with its buttons. Like every key at
 * least once; what fails here is sent by reconciliation.
 *
 * @param send sends a message and gives its id
 */
export function createOwedKeys(deps: OwedKeysDeps) {
  const { owedKeys, payments, subscriptions, notifications, publicUrl } = deps;
  return async (userId: number, send: (chatId: number, screen: Screen) => Promise<number>): Promise<void> => {
    for (const { paymentId } of await owedKeys.ofUser(userId)) {
      const { payment, timeZone } = await payments.chatOf(paymentId);
      const subscription = payment.subscriptionId ? await subscriptions.byId(payment.subscriptionId) : undefined;
      if (!subscription) continue;
      const subscriptionUrl = subscriptionLink(subscription);
      const screen = keyMessage({ subscription, subscriptionUrl, language: payment.language, timeZone, publicUrl });
      await notifications.recordKeySent(userId, paymentId, await send(payment.chatId, screen));
    }
  };
}
