import type { SubscriptionLimits } from '../domain/grant';
import { panelLimits, panelPeriod, type PanelUserState } from '../gateways/hiddify';
import type { SubscriptionView } from '../storage/postgres/subscriptions';

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
