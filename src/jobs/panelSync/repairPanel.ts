import { log } from '@temporalio/activity';
import { panelStateOf } from '../../activities/panelState';
import type { Settings } from '../../config/settings';
import { REPAIRABLE, type DriftKind } from '../../domain/panelDrift';
import { isAboutOneAccount, type HiddifyPanel } from '../../gateways/hiddify';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { PanelDeactivationsRepository } from '../../storage/postgres/panelDeactivations';
import type { PanelSyncRepository } from '../../storage/postgres/panelSync';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';

export interface RepairDependencies {
  readonly panelSync: PanelSyncRepository;
  readonly panelDeactivations: PanelDeactivationsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly catalogue: CatalogueRepository;
  readonly bulkPanelOf: (access: PanelAccess) => HiddifyPanel;
  readonly settings: Pick<Settings, 'SUBSCRIPTION_GRACE'>;
}

/**
 * `outdated`: the subscription has changed since the difference was found, so nothing was repaired. `refused`: the
 * panel does not take this account; the others are repaired all the same.
 */
type RepairOutcome = 'repaired' | 'outdated' | 'refused';

const BATCH = 200;

/**
 * Makes the repairs that a reading of the panel stored under `runId`.
 *
 * @param from id of the last repair that an earlier attempt made, 0 for none; `save` is told of each one more
 * @throws GatewayError when the panel is away
 */
export async function repairPanel(
  dependencies: RepairDependencies,
  { serverCode, runId }: { readonly serverCode: string; readonly runId: string },
  from: number,
  save: (lastRepairId: number) => void,
  signal: AbortSignal,
): Promise<Record<RepairOutcome, number>> {
  const { panelSync, catalogue, bulkPanelOf } = dependencies;
  const panel = bulkPanelOf(await catalogue.panelAccess(serverCode));
  const sum = { repaired: 0, outdated: 0, refused: 0 };
  for (let after = from; ;) {
    const repairs = await panelSync.openRepairs(runId, serverCode, REPAIRABLE, after, BATCH);
    for (const { id, ...found } of repairs) {
      signal.throwIfAborted();
      const outcome = await repair(dependencies, panel, { serverCode, ...found }, signal).catch(
        (error: unknown): RepairOutcome => {
          if (!isAboutOneAccount(error)) throw error;
          const { subscriptionId } = found;
          log.warn('the panel refused an account', { serverCode, subscriptionId, error: String(error) });
          return 'refused';
        },
      );
      await panelSync.repaired(id, outcome);
      sum[outcome] += 1;
      after = id;
      save(id);
    }
    if (repairs.length < BATCH) return sum;
  }
}

interface Repair {
  readonly serverCode: string;
  readonly kind: DriftKind;
  readonly subscriptionId: string;
  /** The account that differs. */
  readonly panelUserId: string;
}

/** Tells the panel what the database says now: what was found minutes or a day ago may have changed since. */
async function repair(
  dependencies: RepairDependencies,
  panel: HiddifyPanel,
  { serverCode, kind, subscriptionId, panelUserId: found }: Repair,
  signal: AbortSignal,
): Promise<RepairOutcome> {
  const { panelSync, panelDeactivations, subscriptions, settings } = dependencies;
  const subscription = await subscriptions.byId(subscriptionId);
  if (!subscription) return 'outdated';
  const { status, panelUserId, expiresAt } = subscription;
  if (kind === 'present-though-revoked') {
    if (status !== 'revoked' && subscription.serverCode === serverCode) return 'outdated';
    await panel.removeUser(found, signal);
    return 'repaired';
  }
  if (kind === 'enabled-under-another-uuid') {
    if (status !== 'revoked' && status !== 'expired') return 'outdated';
    await panel.setEnabled(found, false, signal);
    return 'repaired';
  }
  if (subscription.serverCode !== serverCode) return 'outdated';
  if (kind === 'enabled-though-ended') {
    const account = { subscriptionId, expiresAt };
    // Guarded like any deactivation: a renewal that comes in between is found again by the next one.
    if (!(await panelDeactivations.begin(account))) return 'outdated';
    await panel.setEnabled(panelUserId, false, signal);
    await panelDeactivations.confirm(account);
    return 'repaired';
  }
  if (status !== 'active') return 'outdated';
  await panel.ensureUser(panelStateOf(subscription, settings.SUBSCRIPTION_GRACE), signal);
  const now = await panelSync.endOf(subscriptionId);
  // It ended or was renewed while the panel was being told: whoever did that tells the panel, and the next sync looks
  // again.
  return now?.status === 'active' && now.expiresAt.getTime() === expiresAt.getTime() ? 'repaired' : 'outdated';
}
