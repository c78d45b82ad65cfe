import { cancellationSignal } from '@temporalio/activity';
import { HOUR_MS } from '../domain/duration';
import type { Payment } from '../domain/payment';
import { attentionScreen, refusedOrderNote } from '../messages/screens/attention';
import { workflowPage, type TemporalUi } from '../messages/screens/webUi';
import type { OutagesRepository } from '../storage/postgres/outages';
import type { RefusedOrder } from '../workflows/contracts/activities';
import { paymentWorkflowId } from '../workflows/contracts/payment';
import { notYet } from './failures';
import type { TellOutage } from './outageNotices';
import type { TellOwners } from './ownerNotice';
import { YOOKASSA, type CheckYooKassa } from './serviceChecks';

export interface RefusedOrderNoticeDeps {
  readonly outages: Pick<OutagesRepository, 'newestOf'>;
  readonly checkYooKassa: CheckYooKassa;
  readonly tellOutage: TellOutage;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly now: () => Date;
}

/**
 * Tells the owners that YooKassa makes no payment for an order: that it refuses the shop's key, which is an outage with
 * one message for all who can't pay; or what it refuses about orders, once an hour for each reason.
 * @returns whether an owner knows
 * @throws ApplicationFailure `NotYet` while another worker tells it; GatewayError when Telegram is away
 */
export type TellOfRefusedOrder = (payment: Payment, refused: RefusedOrder) => Promise<boolean>;

export function createRefusedOrderNotice(deps: RefusedOrderNoticeDeps): TellOfRefusedOrder {
  const { outages, checkYooKassa, tellOutage, tellOwners, temporalUi, now } = deps;
  return async (payment, { reason, said }) => {
    if (reason === 'yookassa-credentials' && !(await checkYooKassa(cancellationSignal()))) {
      const outage = await outages.newestOf(YOOKASSA);
      if (outage?.endedAt === null && outage.kind === 'refused') {
        const telling = await tellOutage(outage.id);
        if (telling === 'busy') throw notYet('another worker tells the owners of this outage');
        return telling === 'told';
      }
    }
    const workflowUrl = workflowPage(temporalUi, paymentWorkflowId(payment.id));
    const hour = new Date(Math.floor(now().getTime() / HOUR_MS) * HOUR_MS).toISOString();
    const { told } = await tellOwners('attention', `order-refused:${said}:${hour}`, (language) =>
      attentionScreen({ payment, note: refusedOrderNote({ said }, language), workflowUrl }, language),
    );
    return told;
  };
}
