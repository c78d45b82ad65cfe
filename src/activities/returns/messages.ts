import {
  returnNoticeScreen,
  returnRefusedScreen,
  returnToldScreen,
  type ReturnTold,
} from '../../messages/screens/returns';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { ReturnActivities, ReturnStage } from '../../workflows/contracts/refund';
import { createTellOwners, type OwnersDeps } from '../ownerNotice';
import { createNotifyOnce } from '../notifyOnce';
import { attemptOf } from '../yookassa/refund';

export interface ReturnMessageDeps extends OwnersDeps {
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
}

/** What people are told of money that goes back: each thing once, as messages of their own, because nobody looks at old screens. */
export function createReturnMessages(
  deps: ReturnMessageDeps,
): Pick<ReturnActivities, 'tellBuyerOfReturn' | 'tellOwnerOfReturn' | 'tellBuyerNoReturn'> {
  const { telegram, payments, subscriptions, notifications, users } = deps;
  const tellOwners = createTellOwners(deps);
  const notifyOnce = createNotifyOnce(notifications);

  const told = async (
    paymentId: string,
    number: number | null,
    stage: ReturnStage,
  ): Promise<ReturnTold & { attempt: number }> => {
    const payment = await payments.existing(paymentId);
    const row = await attemptOf(payments, paymentId, number);
    const subscription = payment.subscriptionId === null ? undefined : await subscriptions.byId(payment.subscriptionId);
    return {
      payment,
      stage,
      kopecks: row.amountKopecks,
      reason: row.reason,
      askedBy: row.askedBy,
      stray: row.ofYooKassaId !== null,
      subscription,
      attempt: row.attempt,
    };
  };

  return {
    async tellBuyerOfReturn({ paymentId, attempt, stage }) {
      const about = await told(paymentId, attempt, stage);
      const { userId, chatId, language } = about.payment;
      const user = await users.byId(userId);
      const screen = returnToldScreen(about, user?.language ?? language, user?.timeZone ?? 'Europe/Moscow');
      const outcome = await notifyOnce(userId, 'refund', `${paymentId}:${about.attempt}:${stage}`, () =>
        telegram.sendMessage({ chatId, ...screen }),
      );
      if (outcome === 'unreachable') {
        await users.setReachable(userId, false);
        await payments.recordEvent(paymentId, 'telegram', 'buyer-unreachable', { message: `refund-${stage}` });
      }
    },

    async tellOwnerOfReturn({ paymentId, attempt, stage }) {
      const about = await told(paymentId, attempt, stage);
      await tellOwners('refund-notice', `${paymentId}:${about.attempt}:${stage}`, (language) =>
        returnNoticeScreen(about, language),
      );
    },

    async tellBuyerNoReturn({ paymentId, orderId, verdict }) {
      const payment = await payments.existing(paymentId);
      const user = await users.byId(payment.userId);
      await notifyOnce(payment.userId, 'refund-refused', `${paymentId}:${orderId}`, () =>
        telegram.sendMessage({
          chatId: payment.chatId,
          ...returnRefusedScreen(payment, verdict, user?.language ?? payment.language),
        }),
      );
    },
  };
}
