import {
  refundOwnerScreen,
  refundRefusedScreen,
  refundToldScreen,
  type RefundTold,
} from '../../messages/screens/refund';
import { giftRevokedScreen } from '../../messages/screens/gift';
import type { GiftsRepository } from '../../storage/postgres/gifts';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { RefundActivities, RefundRef, RefundStage } from '../../workflows/contracts/refund';
import { createTellOwners, type OwnersDeps } from '../ownerNotice';
import { createNotifyOnce } from '../notifyOnce';
import { attemptOf } from './attempts';

export interface RefundMessageDeps extends OwnersDeps {
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly gifts: Pick<GiftsRepository, 'byId' | 'revocationBy' | 'offerToReceiver'>;
  /** What whoever a whole gift was taken back from is offered off a purchase of their own, 0 to 1; 0: nothing. */
  readonly revokedGiftDiscount: number;
  readonly now: () => Date;
}

/** What people are told of refunds: each thing once, as messages of their own, because nobody looks at old screens. */
export function createRefundMessages(
  deps: RefundMessageDeps,
): Pick<RefundActivities, 'tellBuyerOfRefund' | 'tellOwnerOfRefund' | 'tellBuyerRefundRefused'> {
  const { telegram, payments, subscriptions, gifts, notifications, users, revokedGiftDiscount, now } = deps;
  const tellOwners = createTellOwners(deps);
  const notifyOnce = createNotifyOnce(notifications);

  /** What is told of a refund. Its payment is in the language that the buyer reads now. */
  const told = async (
    { paymentId, attempt }: RefundRef,
    stage: RefundStage,
  ): Promise<RefundTold & { readonly timeZone: string }> => {
    const { payment, timeZone } = await payments.chatOf(paymentId);
    const row = await attemptOf(payments, { paymentId, attempt });
    const subscription = payment.subscriptionId === null ? undefined : await subscriptions.byId(payment.subscriptionId);
    return {
      payment,
      stage,
      kopecks: row.amountKopecks,
      reason: row.reason,
      askedBy: row.askedBy,
      stray: row.ofProviderRef !== null,
      subscription,
      gift: payment.purpose === 'gift' ? (await gifts.byId(paymentId))?.state : undefined,
      timeZone,
    };
  };

  /** Whoever this refund has revoked something of a gift from reads so, once, whatever attempts it takes. */
  const tellReceiver = async ({ paymentId, attempt }: RefundRef): Promise<void> => {
    const gift = await gifts.byId(paymentId);
    const revoked = gift && (await gifts.revocationBy(paymentId, attempt));
    if (!gift || !revoked || revoked.userId === gift.giverId) return;
    const { userId: chatId, source, whole } = revoked;
    const receiver = await users.byId(chatId);
    if (!receiver) throw new Error(`user ${chatId} does not exist`);
    const percent = Math.round(revokedGiftDiscount * 100);
    // Before they read of it, so that what they read is there; once, however often this is repeated.
    const offer =
      whole && percent > 0
        ? await gifts.offerToReceiver({ giftId: paymentId, userId: chatId, percent }, now())
        : undefined;
    const { timeZone, language } = receiver;
    const outcome = await notifyOnce(chatId, 'gift-revoked', source, () =>
      telegram.sendMessage({ chatId, ...giftRevokedScreen(gift, { isWhole: whole, offer, timeZone }, language) }),
    );
    if (outcome === 'unreachable') await users.setReachable(chatId, false);
  };

  const tellBuyer = async ({ paymentId, attempt }: RefundRef, stage: RefundStage): Promise<void> => {
    const about = await told({ paymentId, attempt }, stage);
    const { userId, chatId, language } = about.payment;
    const screen = refundToldScreen(about, language, about.timeZone);
    const outcome = await notifyOnce(userId, 'refund', `${paymentId}:${attempt}:${stage}`, () =>
      telegram.sendMessage({ chatId, ...screen }),
    );
    if (outcome !== 'unreachable') return;
    await users.setReachable(userId, false);
    await payments.recordEvent(paymentId, 'telegram', 'buyer-unreachable', { message: `refund-${stage}` });
  };

  return {
    async tellBuyerOfRefund({ paymentId, attempt, stage }) {
      // A message to one of them that Telegram does not take never keeps the other from theirs.
      try {
        await tellReceiver({ paymentId, attempt });
      } finally {
        await tellBuyer({ paymentId, attempt }, stage);
      }
    },

    async tellOwnerOfRefund({ paymentId, attempt, stage }) {
      const about = await told({ paymentId, attempt }, stage);
      await tellOwners('refund-notice', `${paymentId}:${attempt}:${stage}`, (language) =>
        refundOwnerScreen(about, language),
      );
    },

    async tellBuyerRefundRefused({ paymentId, requestId, verdict }) {
      const { payment } = await payments.chatOf(paymentId);
      await notifyOnce(payment.userId, 'refund-refused', `${paymentId}:${requestId}`, () =>
        telegram.sendMessage({
          chatId: payment.chatId,
          ...refundRefusedScreen(payment, verdict, payment.language),
        }),
      );
    },
  };
}
