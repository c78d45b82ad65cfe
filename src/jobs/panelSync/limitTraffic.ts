import { panelStateOf } from '../../activities/panelState';
import { isUnlimitedOver } from '../../domain/grant';
import { isAboutOneAccount } from '../../gateways/hiddify';
import type { TrafficLimitsRepository } from '../../storage/postgres/trafficLimits';
import type { RepairDependencies } from './repairPanel';

export interface LimitDependencies extends Pick<
  RepairDependencies,
  'subscriptions' | 'catalogue' | 'bulkPanelOf' | 'settings'
> {
  readonly trafficLimits: TrafficLimitsRepository;
  readonly now: () => Date;
}

const BATCH = 500;

/**
 * Limits the accounts whose unlimited time is over to what they have used until now and what was bought by the GiB. The
 * limit is stored before the panel is told: should that fail, the panel differs from the database and the next sync
 * repairs it.
 *
 * @returns how many
 * @throws GatewayError when the panel is away
 */
export async function limitTraffic(
  { trafficLimits, subscriptions, catalogue, bulkPanelOf, settings, now }: LimitDependencies,
  serverCode: string,
  signal: AbortSignal,
): Promise<number> {
  const panel = bulkPanelOf(await catalogue.panelAccess(serverCode));
  let limited = 0;
  for (let after: string | null = null; ;) {
    const ids: string[] = await trafficLimits.toLimit(serverCode, now(), after, BATCH);
    for (const id of ids) {
      signal.throwIfAborted();
      after = id;
      const subscription = await subscriptions.byId(id);
      if (!subscription || !isUnlimitedOver(subscription, now())) continue;
      // What the sync stored may be half an hour old; an account that is not there has nothing to be limited.
      const account = await panel.getUser(subscription.panelUserId, signal);
      if (!account) continue;
      const limits = await trafficLimits.limit(id, subscription, account.currentUsageGb, now());
      if (limits === undefined) continue;
      await panel
        .ensureUser(panelStateOf({ ...subscription, ...limits }, settings.SUBSCRIPTION_GRACE), signal)
        .catch((error: unknown) => {
          if (!isAboutOneAccount(error)) throw error;
        });
      limited += 1;
    }
    if (ids.length < BATCH) return limited;
  }
}
