import { returnNoticeScreen, returnRefusedScreen, returnToldScreen, type ReturnTold } from '../../bot/screens/returns';
import type { Payment } from '../../domain/payment';
import type { TelegramGateway } from '../../gateways/telegram';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { UsersRepository } from '../../storage/postgres/users';
import type { ReturnActivities, ReturnStage } from '../../workflows/contracts/refund';
import { attemptOf } from '../yookassa/refund';

export interface ReturnMessageDeps {
  readonly telegram: TelegramGateway;
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly notifications: NotificationsRepository;
  readonly users: UsersRepository;
  readonly adminIds: readonly number[];
}

/** What people are told of money that goes back: each thing once, as messages of their own, because nobody looks at old screens. */
export function createReturnMessages(deps: ReturnMessageDeps): Pick<ReturnActivities, 'tellBuyerOfReturn' | 'tellOwnerOfReturn' | 'tellBuyerNoReturn'> {
  const { telegram, payments, subscriptions, notifications, users } = deps;

  const load = async (paymentId: string): Promise<Payment> => {
    const payment = await payments.byId(paymentId);
    if (!payment) throw new Error(`payment ${paymentId} does not exist`);
    return payment;
  };

  const told = async (paymentId: string, number: number | null, stage: ReturnStage): Promise<ReturnTold & { attempt: number }> => {
    const payment = await load(paymentId);
    const row = await attemptOf(payments, paymentId, number);
    const subscription = payment.subscriptionId === null ? undefined : await subscriptions.byId(payment.subscriptionId);
    return { payment, stage, kopecks: row.amountKopecks, reason: row.reason, askedBy: row.askedBy, stray: row.ofYooKassaId !== null, subscription, attempt: row.attempt };
  };

  /** At least once: only what Telegram has confirmed is not said again. */
  const once = async (userId: number, kind: string, subject: string, send: () => ReturnType<TelegramGateway['sendMessage']>): Promise<'told' | 'unreachable' | 'before'> => {
    if ((await notifications.status(userId, kind, subject)) !== undefined) return 'before';
    const sent = await send();
    await notifications.record(userId, kind, subject, sent.outcome === 'sent' ? 'sent' : 'unreachable', sent.outcome === 'sent' ? sent.messageId : undefined);
    return sent.outcome === 'sent' ? 'told' : 'unreachable';
  };

  return {
    async tellBuyerOfReturn({ paymentId, attempt, stage }) {
      const about = await told(paymentId, attempt, stage);
      const { userId, chatId, language } = about.payment;
      const user = await users.byId(userId);
      const screen = returnToldScreen(about, user?.language ?? language, user?.timeZone ?? 'Europe/Moscow');
      const outcome = await once(userId, 'refund', `${paymentId}:${about.attempt}:${stage}`, () => telegram.sendMessage({ chatId, ...screen }));
      if (outcome === 'unreachable') {
        await users.setReachable(userId, false);
        await payments.recordEvent(paymentId, 'telegram', 'buyer-unreachable', { message: `refund-${stage}` });
      }
    },

    async tellOwnerOfReturn({ paymentId, attempt, stage }) {
      const about = await told(paymentId, attempt, stage);
      for (const adminId of deps.adminIds) {
        const owner = await users.byId(adminId);
        await once(adminId, 'refund-notice', `${paymentId}:${about.attempt}:${stage}`, () => telegram.sendMessage({ chatId: adminId, ...returnNoticeScreen(about, owner?.language ?? 'ru') }));
      }
    },

    async tellBuyerNoReturn({ paymentId, orderId, verdict }) {
      const payment = await load(paymentId);
      const user = await users.byId(payment.userId);
      await once(payment.userId, 'refund-refused', `${paymentId}:${orderId}`, () => telegram.sendMessage({ chatId: payment.chatId, ...returnRefusedScreen(payment, verdict, user?.language ?? payment.language) }));
    },
  };
}
