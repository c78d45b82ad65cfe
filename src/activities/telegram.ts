import { keyMessage } from '../messages/screens/key';
import { attentionScreen } from '../messages/screens/attention';
import { paymentScreen } from '../messages/screens/payment';
import { qrPng } from '../messages/screens/qr';
import { workflowPage } from '../messages/screens/webUi';
import type { Payment } from '../domain/payment';
import { subscriptionLink } from '../domain/subscriptionLink';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { SubscriptionsRepository } from '../storage/postgres/subscriptions';
import { paymentWorkflowId } from '../workflows/contracts/payment';
import type { TelegramActivities } from '../workflows/contracts/activities';
import type { OpenWatches } from './openWatches';
import { createTellOwners, type OwnerNoticeDeps } from './ownerNotice';

export interface ChatDeps extends Pick<OwnerNoticeDeps, 'telegram' | 'notifications' | 'users'> {
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly publicUrl: string | undefined;
  readonly now: () => Date;
}

/** A payment with what its chat needs to know of the buyer. */
export interface ChatOf {
  readonly payment: Payment;
  readonly timeZone: string;
}

export type Chat = ReturnType<typeof createChat>;

/** Telegram's limit for the text under a photo (Telegram docs, sendPhoto). */
const CAPTION_LIMIT = 1024;

/**
 * What the buyer of a payment reads. That a buyer can't be written to is a normal outcome: it is recorded, and
 * nothing waits for it.
 */
export function createChat(deps: ChatDeps) {
  const { telegram, payments, subscriptions, notifications, users, publicUrl } = deps;

  const load = async (paymentId: string): Promise<ChatOf> => {
    const payment = await payments.existing(paymentId);
    const user = await users.byId(payment.userId);
    return {
      payment: { ...payment, language: user?.language ?? payment.language },
      timeZone: user?.timeZone ?? 'Europe/Moscow',
    };
  };

  const noteUnreachable = async (payment: Payment, message: string, reason: string): Promise<void> => {
    await users.setReachable(payment.userId, false);
    await payments.recordEvent(payment.id, 'telegram', 'buyer-unreachable', { message, reason });
  };

  const sendKey = async ({ payment, timeZone }: ChatOf): Promise<void> => {
    const paymentId = payment.id;
    const [known, subscription] = await Promise.all([
      notifications.status(payment.userId, 'key', paymentId),
      payment.subscriptionId === null ? undefined : subscriptions.byId(payment.subscriptionId),
    ]);
    // At least once: only a message that Telegram has confirmed is not sent again.
    if (known === 'sent') return;
    if (!subscription) throw new Error(`payment ${paymentId} has no subscription to send a key of`);
    const url = subscriptionLink(subscription);
    const screen = keyMessage({ subscription, subscriptionUrl: url, language: payment.language, timeZone, publicUrl });
    const png = qrPng(url);
    const short = screen.text.length <= CAPTION_LIMIT;
    const sent = await telegram.sendPhoto({
      chatId: payment.chatId,
      png,
      ...(short ? { caption: screen.text, keyboard: screen.keyboard } : {}),
    });
    if (sent.outcome === 'sent' && !short) await telegram.sendMessage({ chatId: payment.chatId, ...screen });
    if (sent.outcome === 'unreachable-user') {
      await notifications.record(payment.userId, 'key', paymentId, 'unreachable');
      return noteUnreachable(payment, 'key', sent.reason);
    }
    await notifications.recordKeySent(payment.userId, paymentId, sent.messageId);
  };

  const showScreen = async ({ payment, timeZone }: ChatOf): Promise<void> => {
    const screen = paymentScreen({ payment, language: payment.language, timeZone, now: deps.now(), publicUrl });
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

  return { load, sendKey, showScreen };
}

export interface TelegramActivityDeps extends OwnerNoticeDeps {
  readonly chat: Chat;
  readonly watches: Pick<OpenWatches, 'stop'>;
  readonly payments: Pick<PaymentsRepository, 'recordOwnerTold'>;
}

/** What the worker says to buyers and owners about a payment. */
export function createTelegramActivities({
  chat,
  watches,
  payments,
  ...deps
}: TelegramActivityDeps): TelegramActivities {
  const tellOwners = createTellOwners(deps);
  return {
    async refreshPaymentScreen({ paymentId }) {
      await chat.showScreen(await chat.load(paymentId));
    },

    async sendKey({ paymentId }) {
      await chat.sendKey(await chat.load(paymentId));
      // The watch ends together with this activity, so that one task of the workflow sees both.
      watches.stop(paymentId);
    },

    async alertOwner({ paymentId, note }) {
      const { payment } = await chat.load(paymentId);
      const workflowUrl = workflowPage(deps.temporalUi, paymentWorkflowId(paymentId));
      const { told } = await tellOwners('attention', `${paymentId}:${note}`, (language) =>
        attentionScreen({ payment, note, workflowUrl }, language),
      );
      if (told) await payments.recordOwnerTold(paymentId, payment.status);
      return { told };
    },
  };
}
