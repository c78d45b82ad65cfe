import { cancellationSignal, log } from '@temporalio/activity';
import type { Settings } from '../config/settings';
import type { SubscriptionLimits } from '../domain/grant';
import type { PaymentStatus } from '../domain/payment';
import { isDeliveredLate } from '../domain/subscription';
import { subscriptionLink } from '../domain/subscriptionLink';
import { isGatewayError } from '../gateways/errors';
import { panelLimits, panelPeriod, type HiddifyPanel, type PanelUserState } from '../gateways/hiddify';
import type {
  AccessRevocation,
  AccessRevocationsRepository,
  AccountOnPanel,
} from '../storage/postgres/accessRevocations';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';
import type { PanelDeactivationsRepository } from '../storage/postgres/panelDeactivations';
import type { Delivery, PaymentsRepository } from '../storage/postgres/payments';
import type { SubscriptionsRepository, SubscriptionView } from '../storage/postgres/subscriptions';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type { DeliveryAnswer, PanelActivities } from '../workflows/contracts/activities';
import { checkAbsence } from './absence';
import { accessUnlessGone } from './accessUnlessGone';
import type { TellOwners } from './ownerNotice';
import { openFirstLink, type CustomersLinkDeps } from './customersLink';
import { endAttemptsOfOtherTrouble } from './otherTrouble';

export interface PanelActivityDeps extends CustomersLinkDeps {
  readonly catalogue: CatalogueRepository;
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly accessRevocations: AccessRevocationsRepository;
  readonly panelDeactivations: Pick<PanelDeactivationsRepository, 'begin' | 'confirm'>;
  /** The panel behind an address; one client per panel, kept, because it serialises its writes. */
  readonly panelOf: (access: PanelAccess) => HiddifyPanel;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidateSubscriptions'>;
  readonly settings: Pick<Settings, 'SUBSCRIPTION_GRACE'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

/**
 * What the panel shall say of a subscription: absolute, so that it can be told as often as needed.
 * @param graceMs `SUBSCRIPTION_GRACE`
 */
export function panelStateOf(
  subscription: Pick<
    SubscriptionView,
    'id' | 'panelUserId' | 'startsAt' | 'expiresAt' | keyof SubscriptionLimits | 'userId'
  >,
  graceMs: number,
): PanelUserState {
  return {
    uuid: subscription.panelUserId,
    // No name of the person: panels are shared with resellers, and the key's name is seen on their phone.
    name: `gb-${subscription.id.slice(0, 8)}`,
    comment: `gigabridge:${subscription.id}`,
    ...panelPeriod(subscription, graceMs),
    ...panelLimits(subscription),
    enable: true,
    telegramId: subscription.userId,
  };
}

const DELIVERABLE: ReadonlySet<PaymentStatus> = new Set(['paid', 'delayed', 'issued']);
/** More than a few prolongations racing with one delivery cannot be; the retry policy takes it up again. */
const ROUNDS = 5;

/**
 * Everything that speaks to the panels. A call that has begun is never broken off when its activity is cancelled: it
 * could have its effect after what is decided next, and nobody would look again.
 */
export function createPanelActivities(deps: PanelActivityDeps): PanelActivities {
  const { payments, panelOf, cacheInvalidation, settings, now } = deps;

  async function deliver(paymentId: string): Promise<DeliveryAnswer> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const delivery = await payments.deliveryOf(paymentId);
      // In a later round it is issued when another attempt has delivered another term: then the panel is told that.
      if (delivery?.payment.status === 'issued' && round === 0) return { outcome: 'issued' };
      if (!delivery || !DELIVERABLE.has(delivery.payment.status)) return lost(deps, paymentId);
      const { payment, access } = delivery;
      const { subscription, delayedTo } = await withLateStart(deps, paymentId, delivery);
      if (payment.status === 'issued' && !isLiving(subscription)) return { outcome: 'issued' };
      if (subscription.isPanelGone) return { outcome: 'gone' };
      await panelOf(access).ensureUser(panelStateOf(subscription, settings.SUBSCRIPTION_GRACE));
      await openFirstLink(deps, access, subscriptionLink({ ...subscription, panelClientUrl: access.clientUrl }));
      const outcome = await payments.recordDelivered(paymentId, { ...subscription, delayedTo });
      await cacheInvalidation.invalidateSubscriptions(payment.userId);
      if (outcome === 'issued') return { outcome };
      if (outcome === 'lost') return lost(deps, paymentId);
      await correct(deps, paymentId, subscription);
    }
    throw new Error(`payment ${paymentId}: the subscription kept changing while it was delivered`);
  }

  return {
    deliverSubscription: ({ paymentId, told }) =>
      deliver(paymentId).catch((error: unknown) => {
        throw told === undefined ? error : endAttemptsOfOtherTrouble(error, told, now());
      }),

    revokeAccess: ({ paymentId }) => revoke(deps, paymentId),
  };
}

/** The subscription as this attempt makes it: the days of a payment whose key comes late begin now. */
async function withLateStart(
  { payments, now }: Pick<PanelActivityDeps, 'payments' | 'now'>,
  paymentId: string,
  { payment: { status, paidAt }, subscription }: Delivery,
): Promise<{ subscription: SubscriptionView; delayedTo?: Date }> {
  const at = now();
  if (status === 'issued' || paidAt === null || !isDeliveredLate(paidAt, at)) return { subscription };
  const term = await payments.termIfDelivered({ id: paymentId, subscriptionId: subscription.id }, at);
  return { subscription: { ...subscription, ...term }, delayedTo: at };
}

const isLiving = ({ status }: SubscriptionView) => status === 'active' || status === 'pending';

/**
 * The subscription changed while this attempt told its panel. Where it has moved to another server or was revoked, the
 * account that was just made is revoked: now if that panel answers, else by the panel sync, for which the row stays
 * open. Where it has ended, the account is switched off. Whatever else it is now the next round tells.
 */
async function correct(deps: PanelActivityDeps, paymentId: string, told: SubscriptionView): Promise<void> {
  const account = await deps.subscriptions.byPanelUser(told.serverCode, told.panelUserId);
  if (account) {
    if (account.status !== 'expired') return;
    const access = await accessUnlessGone(deps.catalogue, told.serverCode);
    if (access) await tellWhatIsLeft(deps, deps.panelOf(access), { ...told, panelAdmin: null });
    return;
  }
  await deps.accessRevocations.reopenOn(paymentId, told);
  try {
    await revoke(deps, paymentId);
  } catch (error) {
    log.info('an account on a server that is not the subscription’s any more is still to be removed', {
      paymentId,
      server: told.serverCode,
      error: (error as Error).message,
    });
  }
}

/**
 * The refund was decided before the delivery was recorded. This attempt, or one whose worker died, may have made the
 * account after the revocation had removed it, so the revocation is carried out once more.
 */
async function lost(deps: PanelActivityDeps, paymentId: string): Promise<{ outcome: 'lost' }> {
  await deps.accessRevocations.reopen(paymentId);
  await revoke(deps, paymentId);
  return { outcome: 'lost' };
}

/** Tells the panels of a payment's revocations what is left of each account. */
async function revoke(deps: PanelActivityDeps, paymentId: string): Promise<void> {
  const failures: unknown[] = [];
  for (const revocation of await deps.accessRevocations.unconfirmedOf(paymentId))
    await carryOutRevocation(deps, deps.panelOf, revocation).catch((error: unknown) => failures.push(error));
  // A panel that is away does not keep the others from being told.
  if (failures.length > 0) throw failures[0];
}

export type RevocationDeps = Pick<
  PanelActivityDeps,
  'catalogue' | 'subscriptions' | 'accessRevocations' | 'panelDeactivations' | 'tellOwners' | 'settings'
>;

/**
 * Tells the panel of one revocation what is left of the account. Where the panel is gone for good, the revocation ends
 * without that.
 * @throws GatewayError when the panel is away
 */
export async function carryOutRevocation(
  deps: RevocationDeps,
  panelOf: PanelActivityDeps['panelOf'],
  revocation: AccessRevocation,
): Promise<void> {
  const access = await accessUnlessGone(deps.catalogue, revocation.serverCode);
  if (access === undefined) return deps.accessRevocations.abandoned(revocation);
  const { removedBy } = await tellWhatIsLeft(deps, panelOf(access), revocation);
  if (removedBy !== undefined) await deps.accessRevocations.removedBy(revocation, removedBy);
  await deps.accessRevocations.confirmed(revocation);
}

/**
 * Tells a panel what the database says of an account: what is left of it, that it is over, or that it is not there.
 * @returns `removedBy`: the administrator for whom the panel has shown and removed the account
 */
async function tellWhatIsLeft(
  deps: Omit<RevocationDeps, 'accessRevocations' | 'catalogue'>,
  panel: HiddifyPanel,
  account: AccountOnPanel & Pick<AccessRevocation, 'panelAdmin'>,
): Promise<{ removedBy?: string }> {
  const { subscriptions, panelDeactivations } = deps;
  const { serverCode, panelUserId } = account;
  const living = await subscriptions.byPanelUser(serverCode, panelUserId);
  if (!living) {
    if ((await panel.removeUser(panelUserId)) === 'removed') return { removedBy: panel.admin };
    await checkAbsence(deps, panel, account, cancellationSignal());
  } else if (living.status === 'expired')
    await switchOff(panel, panelDeactivations, living, () => checkAbsence(deps, panel, account, cancellationSignal()));
  else {
    // A part was revoked, or a renewal: the account stays, with what is left of it.
    await panel.ensureUser(panelStateOf(living, deps.settings.SUBSCRIPTION_GRACE));
    await subscriptions.confirmedByPanel(living.id, living.expiresAt);
  }
  return {};
}

/**
 * Nothing is left of the access: the account is switched off, as at any other end of a subscription. A renewal that is
 * recorded meanwhile tells the panel itself, or `begin` finds it and nothing is switched off.
 */
async function switchOff(
  panel: HiddifyPanel,
  panelDeactivations: Pick<PanelDeactivationsRepository, 'begin' | 'confirm'>,
  living: SubscriptionView,
  checkAbsence: () => Promise<void>,
): Promise<void> {
  const account = { subscriptionId: living.id, expiresAt: living.expiresAt };
  if (!(await panelDeactivations.begin(account))) return;
  await panel.setEnabled(living.panelUserId, false).catch((error: unknown) => {
    // An account that is not there can let nobody in.
    if (!isGatewayError(error) || error.code !== 'not-found') throw error;
    return checkAbsence();
  });
  await panelDeactivations.confirm(account);
}
