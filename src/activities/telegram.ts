import { activityInfo } from '@temporalio/activity';
import { timeOfAlert } from '../domain/alertSubject';
import { attentionSubject } from '../domain/attention';
import { attentionNote, attentionScreen } from '../messages/screens/attention';
import { workflowPage, type TemporalUi } from '../messages/screens/webUi';
import type { PaymentsRepository } from '../storage/postgres/payments';
import { paymentWorkflowId } from '../workflows/contracts/payment';
import type { TelegramActivities } from '../workflows/contracts/activities';
import type { Chat } from './chat';
import type { TellOfDelay } from './delayNotice';
import type { RunningWatches } from './runningWatches';
import { createTellOwners, type OwnersDeps } from './ownerNotice';
import type { TellOfRefusedOrder } from './refusedOrderNotice';

export interface TelegramActivityDeps extends OwnersDeps {
  readonly temporalUi: TemporalUi | undefined;
  readonly chat: Chat;
  readonly watches: Pick<RunningWatches, 'stop'>;
  readonly payments: Pick<PaymentsRepository, 'recordOwnerTold'>;
  readonly tellOfDelay: TellOfDelay;
  readonly tellOfRefusedOrder: TellOfRefusedOrder;
}

/** What the worker says to buyers and owners about a payment. */
export function createTelegramActivities({
  chat,
  watches,
  payments,
  tellOfDelay,
  tellOfRefusedOrder,
  ...deps
}: TelegramActivityDeps): TelegramActivities {
  const tellOwners = createTellOwners(deps);
  return {
    async refreshPaymentScreen({ paymentId }) {
      await chat.showScreen(await chat.load(paymentId));
    },

    async sendKey({ paymentId }) {
      const answer = await chat.sendKey(await chat.load(paymentId));
      // The watch ends together with this activity, so that one task of the workflow sees both.
      watches.stop(paymentId);
      return answer;
    },

    async alertOwner({ paymentId, note }) {
      const { payment } = await chat.load(paymentId);
      const workflowUrl = workflowPage(deps.temporalUi, paymentWorkflowId(paymentId));
      // Once for each time that the workflow says so: a second refusal for the same reason is news. The attempts of one
      // activity share its id.
      const { activityId, workflowExecution } = activityInfo();
      const time = { runId: workflowExecution?.runId ?? '', activityId };
      const subject = `${paymentId}:${attentionSubject(note)}${timeOfAlert(time)}`;
      const { told } = await tellOwners('attention', subject, (language, timeZone) =>
        attentionScreen({ payment, note: attentionNote(note, { payment, timeZone }, language), workflowUrl }, language),
      );
      if (told) await payments.recordOwnerTold(paymentId, payment.status);
      return { told };
    },

    async tellOwnerOfDelay({ paymentId, failure, refundDueAt }) {
      const { payment } = await chat.load(paymentId);
      // The key was made, or the money goes back, before anybody was told.
      if (payment.status !== 'delayed') return { told: false };
      const told = await tellOfDelay(payment, failure, new Date(refundDueAt));
      if (told) await payments.recordOwnerTold(paymentId, payment.status);
      return { told };
    },

    async tellOwnerOfRefusedOrder({ paymentId, ...refused }) {
      const { payment } = await chat.load(paymentId);
      const told = await tellOfRefusedOrder(payment, refused);
      if (told) await payments.recordOwnerTold(paymentId, payment.status);
      return { told };
    },
  };
}
