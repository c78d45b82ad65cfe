import { isDeliveredLate, isLiving } from '../domain/subscription';
import { subscriptionLink } from '../domain/subscriptionLink';
import type { AccountOnPanel } from '../storage/postgres/accessRevocations';
import type { CatalogueRepository } from '../storage/postgres/catalogue';
import type { Delivery, PaymentsRepository } from '../storage/postgres/payments';
import type { SubscriptionView } from '../storage/postgres/subscriptions';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type { DeliveryAnswer, ToldOfTrouble } from '../workflows/contracts/activities';
import { tellWhatIsLeft, type PanelOf, type RevocationDeps } from './accessRevocation';
import { accessUnlessGone } from './accessUnlessGone';
import { openFirstLink, type CustomersLinkDeps } from './customersLink';
import { endAttemptsOfOtherTrouble } from './otherTrouble';
import { panelStateOf } from './panelState';

export interface DeliveryDeps extends CustomersLinkDeps, RevocationDeps {
  readonly catalogue: CatalogueRepository;
  /** What is delivered: orders, or what was given for nothing. */
  readonly deliveries: Pick<PaymentsRepository, 'deliveryOf' | 'termIfDelivered' | 'recordDelivered'>;
  readonly panelOf: PanelOf;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidateSubscriptions'>;
  /**
   * It was revoked before its delivery was recorded. This attempt, or one whose worker died, may have made the account
   * after the revocation had removed it, so the revocation is carried out once more.
   */
  readonly revokeAgain: (id: string) => Promise<void>;
  /** This account was just made, and is not the subscription's any more: it is to be removed. */
  readonly revokeAccount: (id: string, account: AccountOnPanel) => Promise<void>;
}

/**
 * Tells a panel what somebody has bought or was given, and records its confirmation.
 * @param of.id the order, or the free grant
 */
export type Deliver = (of: { readonly id: string; readonly told?: ToldOfTrouble }) => Promise<DeliveryAnswer>;

/** More than a few prolongations racing with one delivery cannot be; the retry policy takes it up again. */
const ROUNDS = 5;

/** The one way to a panel, for orders and for what costs nothing. */
export function createDeliver(deps: DeliveryDeps): Deliver {
  const { deliveries, panelOf, cacheInvalidation, settings, now } = deps;

  const tooLate = async (id: string): Promise<DeliveryAnswer> => {
    await deps.revokeAgain(id);
    return { outcome: 'too-late' };
  };

  async function deliver(id: string): Promise<DeliveryAnswer> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const delivery = await deliveries.deliveryOf(id);
      // In a later round it is issued when another attempt has delivered another term: then the panel is told that.
      if (delivery?.state === 'issued' && round === 0) return { outcome: 'issued' };
      if (!delivery || delivery.state === 'over') return tooLate(id);
      const { state, access } = delivery;
      const { subscription, delayedTo } = await withLateStart(deps, id, delivery);
      if (state === 'issued' && !isLiving(subscription)) return { outcome: 'issued' };
      if (subscription.isPanelGone) return { outcome: 'gone' };
      const panel = panelOf(access);
      await panel.ensureUser(panelStateOf(subscription, settings.SUBSCRIPTION_GRACE));
      await openFirstLink(deps, access, subscriptionLink({ ...subscription, panelClientUrl: access.clientUrl }));
      const outcome = await deliveries.recordDelivered(id, { ...subscription, delayedTo, panelAdmin: panel.admin });
      await cacheInvalidation.invalidateSubscriptions(subscription.userId);
      if (outcome === 'issued') return { outcome };
      if (outcome === 'too-late') return tooLate(id);
      await correct(deps, id, subscription);
    }
    throw new Error(`${id}: the subscription kept changing while it was delivered`);
  }

  return ({ id, told }) =>
    deliver(id).catch((error: unknown) => {
      throw told === undefined ? error : endAttemptsOfOtherTrouble(error, told, now());
    });
}

/** The subscription as this attempt makes it: the days of what is delivered late begin now. */
async function withLateStart(
  { deliveries, now }: Pick<DeliveryDeps, 'deliveries' | 'now'>,
  id: string,
  { state, dueAt, subscription }: Delivery,
): Promise<{ subscription: SubscriptionView; delayedTo?: Date }> {
  const at = now();
  if (state === 'issued' || !isDeliveredLate(dueAt, at)) return { subscription };
  const term = await deliveries.termIfDelivered({ id, subscriptionId: subscription.id }, at);
  return { subscription: { ...subscription, ...term }, delayedTo: at };
}

/**
 * The subscription changed while this attempt told its panel. Where it has moved to another server or was revoked, the
 * account that was just made is revoked. Where it has ended, the account is switched off. Whatever else it is now the
 * next round tells.
 */
async function correct(deps: DeliveryDeps, id: string, told: SubscriptionView): Promise<void> {
  const account = await deps.subscriptions.byPanelUser(told.serverCode, told.panelUserId);
  if (!account) return deps.revokeAccount(id, told);
  if (account.status !== 'expired') return;
  const access = await accessUnlessGone(deps.catalogue, told.serverCode);
  if (access) await tellWhatIsLeft(deps, deps.panelOf(access), { ...told, panelAdmin: null });
}
