import { attentionSubject } from '../domain/attention';
import type { Payment } from '../domain/payment';
import { attentionNote } from '../messages/screens/attention';
import type { TemporalUi } from '../messages/screens/webUi';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { TelegramActivities } from '../workflows/contracts/activities';
import { timeOfThisAlert } from './alertTime';
import type { Chat } from './chat';
import type { TellOfDelay } from './delayNotice';
import type { RunningWatches } from './runningWatches';
import { createTellOwners, type OwnersDeps } from './ownerNotice';
import { tellOfPayment } from './paymentNotice';
import type { SendInvoice } from './provider/sendInvoice';
import type { SendKey } from './sendKey';
import type { TellOfRefusedOrder } from './refusedOrderNotice';

export interface TelegramActivityDeps extends OwnersDeps {
  readonly temporalUi: TemporalUi | undefined;
  readonly chat: Chat;
  readonly sendInvoice: SendInvoice;
  readonly sendKey: SendKey;
  readonly watches: Pick<RunningWatches, 'stop'>;
  readonly payments: Pick<PaymentsRepository, 'recordOwnerTold'>;
  readonly tellOfDelay: TellOfDelay;
  readonly tellOfRefusedOrder: TellOfRefusedOrder;
}

/** What the worker says to buyers and owners about a payment. */
export function createTelegramActivities({
  chat,
  sendInvoice,
  sendKey,
  watches,
  payments,
  tellOfDelay,
  tellOfRefusedOrder,
  ...deps
}: TelegramActivityDeps): TelegramActivities {
  const tellOwners = createTellOwners(deps);

  /** @param tell tells the owners, and says whether one of them knows */
  async function tellOf(paymentId: string, tell: (payment: Payment) => Promise<boolean>): Promise<{ told: boolean }> {
    const { payment } = await chat.load(paymentId);
    const told = await tell(payment);
    if (told) await payments.recordOwnerTold(paymentId, payment.status);
    return { told };
  }

  return {
    async refreshPaymentScreen({ paymentId }) {
      await chat.showScreen(await chat.load(paymentId));
    },

    sendInvoice: ({ paymentId }) => sendInvoice(paymentId),

    async sendKey({ paymentId }) {
      const answer = await sendKey(paymentId);
      // The watch ends together with this activity, so that one task of the workflow sees both.
      watches.stop(paymentId);
      return answer;
    },

    alertOwner: ({ paymentId, note }) =>
      tellOf(paymentId, (payment) => {
        const subject = `${paymentId}:${attentionSubject(note)}${timeOfThisAlert()}`;
        return tellOfPayment({ tellOwners, temporalUi: deps.temporalUi }, payment, subject, (language, timeZone) =>
          attentionNote(note, { payment, timeZone }, language),
        );
      }),

    tellOwnerOfDelay: ({ paymentId, failure, refundDueAt }) =>
      tellOf(
        paymentId,
        // Nobody is told when the key was made, or the money goes back, meanwhile.
        async (payment) => payment.status === 'delayed' && tellOfDelay(payment, failure, new Date(refundDueAt)),
      ),

    tellOwnerOfRefusedOrder: ({ paymentId, ...refused }) =>
      tellOf(paymentId, (payment) => tellOfRefusedOrder(payment, refused)),
  };
}
