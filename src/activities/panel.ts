import { log } from '@temporalio/activity';
import { isDeliveredLate, isLiving } from '../domain/subscription';
import { subscriptionLink } from '../domain/subscriptionLink';
import type { CatalogueRepository } from '../storage/postgres/catalogue';
import type { Delivery, PaymentsRepository } from '../storage/postgres/payments';
import type { SubscriptionView } from '../storage/postgres/subscriptions';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type { DeliveryAnswer, PanelActivities } from '../workflows/contracts/activities';
import {
  revokeAccessOf,
  revokeAfterRefund,
  tellWhatIsLeft,
  type PanelOf,
  type RevocationDeps,
} from './accessRevocation';
import { accessUnlessGone } from './accessUnlessGone';
import { openFirstLink, type CustomersLinkDeps } from './customersLink';
import { endAttemptsOfOtherTrouble } from './otherTrouble';
import { panelStateOf } from './panelState';

export interface PanelActivityDeps extends CustomersLinkDeps, RevocationDeps {
  readonly catalogue: CatalogueRepository;
  readonly payments: Pick<PaymentsRepository, 'deliveryOf' | 'termIfDelivered' | 'recordDelivered'>;
  readonly panelOf: PanelOf;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidateSubscriptions'>;
  readonly now: () => Date;
}

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
      if (delivery?.state === 'issued' && round === 0) return { outcome: 'issued' };
      if (!delivery || delivery.state === 'over') return revokeAfterRefund(deps, paymentId);
      const { state, access } = delivery;
      const { subscription, delayedTo } = await withLateStart(deps, paymentId, delivery);
      if (state === 'issued' && !isLiving(subscription)) return { outcome: 'issued' };
      if (subscription.isPanelGone) return { outcome: 'gone' };
      await panelOf(access).ensureUser(panelStateOf(subscription, settings.SUBSCRIPTION_GRACE));
      await openFirstLink(deps, access, subscriptionLink({ ...subscription, panelClientUrl: access.clientUrl }));
      const outcome = await payments.recordDelivered(paymentId, { ...subscription, delayedTo });
      await cacheInvalidation.invalidateSubscriptions(subscription.userId);
      if (outcome === 'issued') return { outcome };
      if (outcome === 'too-late') return revokeAfterRefund(deps, paymentId);
      await correct(deps, paymentId, subscription);
    }
    throw new Error(`payment ${paymentId}: the subscription kept changing while it was delivered`);
  }

  return {
    deliverSubscription: ({ paymentId, told }) =>
      deliver(paymentId).catch((error: unknown) => {
        throw told === undefined ? error : endAttemptsOfOtherTrouble(error, told, now());
      }),

    revokeAccess: ({ paymentId }) => revokeAccessOf(deps, paymentId),
  };
}

/** The subscription as this attempt makes it: the days of a payment whose key comes late begin now. */
async function withLateStart(
  { payments, now }: Pick<PanelActivityDeps, 'payments' | 'now'>,
  paymentId: string,
  { state, dueAt, subscription }: Delivery,
): Promise<{ subscription: SubscriptionView; delayedTo?: Date }> {
  const at = now();
  if (state === 'issued' || !isDeliveredLate(dueAt, at)) return { subscription };
  const term = await payments.termIfDelivered({ id: paymentId, subscriptionId: subscription.id }, at);
  return { subscription: { ...subscription, ...term }, delayedTo: at };
}

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
    await revokeAccessOf(deps, paymentId);
  } catch (error) {
    log.info('an account on a server that is not the subscription’s any more is still to be removed', {
      paymentId,
      server: told.serverCode,
      error: (error as Error).message,
    });
  }
}
