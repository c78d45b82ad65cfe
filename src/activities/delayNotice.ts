import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ABOUT_ONE_ORDER, type PanelFailure } from '../domain/panelTrouble';
import type { Payment } from '../domain/payment';
import { delayNote } from '../messages/screens/attention';
import type { TemporalUi } from '../messages/screens/webUi';
import type { OutagesRepository } from '../storage/postgres/outages';
import { timeOfThisAlert } from './alertTime';
import { notYet } from './failures';
import { ownersKnowOutage, type TellOutage } from './outageNotices';
import type { TellOwners } from './ownerNotice';
import { tellOfPayment } from './paymentNotice';
import type { CheckPanel } from './serviceChecks';

export interface DelayNoticeDeps {
  readonly outages: Pick<OutagesRepository, 'failed' | 'newestOf'>;
  readonly checkPanel: CheckPanel;
  readonly tellOutage: TellOutage;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly now: () => Date;
}

/** A delivery that a panel makes no key for. */
export interface KeylessDelivery {
  readonly serverCode: string;
  readonly failure: PanelFailure | undefined;
  /** Tells of this one alone: only its account is refused, by this code. */
  readonly tellOfIt: (code: string) => Promise<boolean>;
}

/**
 * Tells the owners that a panel makes no key: of the panel's outage, one message for all who wait for it; of this
 * delivery where only its account is refused.
 * @returns whether an owner knows
 * @throws ApplicationFailure `NotYet` while another worker tells it, and while a panel that answers again may be about
 *   to make the key; GatewayError when Telegram is away
 */
export type TellOfNoKey = (delivery: KeylessDelivery) => Promise<boolean>;

/** The same of a paid order. */
export type TellOfDelay = (payment: Payment, failure: PanelFailure | undefined, refundDueAt: Date) => Promise<boolean>;

/**
 * So many looks, within half a minute, at a panel that answers again until it is told that it makes no key: the
 * delivery is tried again meanwhile.
 */
const LOOKS = 6;

export function createTellOfNoKey(
  deps: Pick<DelayNoticeDeps, 'outages' | 'checkPanel' | 'tellOutage' | 'now'>,
): TellOfNoKey {
  const { outages, checkPanel, tellOutage, now } = deps;
  return async ({ serverCode, failure, tellOfIt }) => {
    const code = failure?.code ?? null;
    if (code !== null && ABOUT_ONE_ORDER.has(code)) return tellOfIt(code);

    const panel = { service: 'hiddify', serverCode } as const;
    const answers = await checkPanel(serverCode, cancellationSignal());
    // An operator has said that it is gone for good: nobody waits for it any more.
    if (answers === undefined) return false;
    if (answers) {
      if (failure?.type !== 'hiddify:refused' && activityInfo().attempt < LOOKS)
        throw notYet('the panel answers again; the key may be made in a moment');
      const reason = `deliverSubscription: ${failure?.type ?? 'no failure of the panel'} ${code ?? ''}`.trim();
      await outages.failed(panel, { kind: 'no-keys', reason, code }, now());
    }
    const outage = await outages.newestOf(panel);
    if (!outage || outage.endedAt !== null) throw notYet('the outage of this panel has just ended');
    return ownersKnowOutage(tellOutage, outage.id);
  };
}

export function createDelayNotice(
  deps: Pick<DelayNoticeDeps, 'tellOwners' | 'temporalUi'> & { readonly tellOfNoKey: TellOfNoKey },
): TellOfDelay {
  return (payment, failure, refundDueAt) =>
    deps.tellOfNoKey({
      // It is fixed with the money.
      serverCode: payment.serverCode!,
      failure,
      tellOfIt: (code) =>
        tellOfPayment(deps, payment, `${payment.id}:delayed:${code}${timeOfThisAlert()}`, (language, timeZone) =>
          delayNote({ code, refundDueAt, timeZone }, language),
        ),
    });
}
