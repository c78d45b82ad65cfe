import { paymentScreen } from '../messages/screens/payment';
import type { Payment } from '../domain/payment';
import type { ChatOf, PaymentsRepository } from '../storage/postgres/payments';
import type { OwnersDeps } from './ownerNotice';

export interface ChatDeps extends Pick<OwnersDeps, 'telegram' | 'users'> {
  readonly payments: PaymentsRepository;
  readonly now: () => Date;
}

export type Chat = ReturnType<typeof createChat>;

/**
 * What the buyer of a payment reads. That a buyer can't be written to is a normal outcome: it is recorded, and
 * nothing waits for it.
 */
export function createChat(deps: ChatDeps) {
  const { telegram, payments, users } = deps;

  const noteUnreachable = async (payment: Payment, message: string, reason: string): Promise<void> => {
    await users.setReachable(payment.userId, false);
    await payments.recordEvent(payment.id, 'telegram', 'buyer-unreachable', { message, reason });
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

  return { load: payments.chatOf, showScreen };
}
