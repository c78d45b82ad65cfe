import { cancellationSignal } from '@temporalio/activity';
import { HOUR_MS } from '../domain/duration';
import type { Payment } from '../domain/payment';
import { refusedOrderNote } from '../messages/screens/attention';
import type { TemporalUi } from '../messages/screens/webUi';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { OutagesRepository } from '../storage/postgres/outages';
import type { RefusedOrder } from '../workflows/contracts/activities';
import { ownersKnowOutage, type TellOutage } from './outageNotices';
import type { TellOwners } from './ownerNotice';
import { tellOfPayment } from './paymentNotice';
import { providerSubject, type CheckProvider } from './serviceChecks';

export interface RefusedOrderNoticeDeps {
  readonly outages: Pick<OutagesRepository, 'newestOf'>;
  readonly notifications: Pick<NotificationsRepository, 'newestSubject'>;
  readonly checkProvider: CheckProvider;
  readonly tellOutage: TellOutage;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly now: () => Date;
}

/**
 * Tells the owners that its provider makes no payment for an order: that it refuses the shop's key, which is an outage
 * with one message for all who can't pay; or what it refuses about orders, at most once in 60 minutes for each reason.
 * @returns whether an owner knows
 * @throws ApplicationFailure `NotYet` while another worker tells it; GatewayError when Telegram is away
 */
export type TellOfRefusedOrder = (payment: Payment, refused: RefusedOrder) => Promise<boolean>;

export function createRefusedOrderNotice(deps: RefusedOrderNoticeDeps): TellOfRefusedOrder {
  const { outages, notifications, checkProvider, tellOutage, now } = deps;
  return async (payment, { reason, said }) => {
    const { provider } = payment;
    if (reason === 'provider-credentials' && !(await checkProvider(provider, cancellationSignal()))) {
      const outage = await outages.newestOf(providerSubject(provider));
      if (outage?.endedAt === null && outage.kind === 'refused') return ownersKnowOutage(tellOutage, outage.id);
    }
    const subject = await subjectOf(`order-refused:${provider}:${said}:`);
    return tellOfPayment(deps, payment, subject, (language) => refusedOrderNote({ provider, said }, language));
  };

  /**
   * The one that was told last, for an hour: whoever knows of it is not told again, and whoever could not be told is.
   */
  async function subjectOf(about: string): Promise<string> {
    const last = await notifications.newestSubject('attention', about);
    const toldAt = last === undefined ? undefined : Date.parse(last.slice(about.length));
    if (last !== undefined && now().getTime() - toldAt! < HOUR_MS) return last;
    return `${about}${now().toISOString()}`;
  }
}
