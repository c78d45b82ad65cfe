import { DEFAULT_TIME_ZONE } from '../../domain/calendar';
import { subscriptionLink } from '../../domain/subscriptionLink';
import { keyMessage } from '../../messages/screens/key';
import type { Screen } from '../../messages/screens/screen';
import type { BotDeps } from '../ports';

export type OwedKeysDeps = Pick<
  BotDeps,
  'owedKeys' | 'payments' | 'subscriptions' | 'users' | 'notifications' | 'publicUrl'
>;

/**
 * Sends a buyer who can be written to again the keys they are owed, each as text with its buttons. Like every key at
 * least once; what fails here is sent by reconciliation.
 *
 * @param send sends a message and gives its id
 */
export function createOwedKeys(deps: OwedKeysDeps) {
  const { owedKeys, payments, subscriptions, users, notifications, publicUrl } = deps;
  return async (userId: number, send: (chatId: number, screen: Screen) => Promise<number>): Promise<void> => {
    for (const { paymentId } of await owedKeys.ofUser(userId)) {
      const payment = await payments.byId(paymentId);
      const subscription = payment?.subscriptionId ? await subscriptions.byId(payment.subscriptionId) : undefined;
      if (!payment || !subscription) continue;
      const user = await users.byId(userId);
      const screen = keyMessage({
        subscription,
        subscriptionUrl: subscriptionLink(subscription),
        language: user?.language ?? payment.language,
        timeZone: user?.timeZone ?? DEFAULT_TIME_ZONE,
        publicUrl,
      });
      await notifications.recordKeySent(userId, paymentId, await send(payment.chatId, screen));
    }
  };
}
