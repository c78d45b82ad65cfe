import { activityInfo } from '@temporalio/activity';
import { REPAIRABLE } from '../../domain/panelDrift';
import { isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel, PanelLoad } from '../../gateways/hiddify';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { PanelDeactivationsRepository } from '../../storage/postgres/panelDeactivations';
import type { PanelSyncRepository } from '../../storage/postgres/panelSync';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { PanelSyncActivities } from '../../workflows/contracts/panelSync';
import type { OwnerNotice } from '../ownerNotice';
import { panelStateOf } from '../panel';
import { resumable } from '../heartbeat';
import { readPanel } from './read';

export interface PanelSyncActivityDeps {
  readonly sync: PanelSyncRepository;
  readonly panelDeactivations: PanelDeactivationsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly catalogue: CatalogueRepository;
  readonly panelOf: (access: PanelAccess) => HiddifyPanel;
  readonly noticeOwner: OwnerNotice;
  /** Share of a panel's living accounts that may be repaired without asking, 0 to 1 (`PANEL_SYNC_MAX_CHANGES`). */
  readonly maxShare: number;
}

const BATCH = 200;

export function createPanelSyncActivities(deps: PanelSyncActivityDeps): PanelSyncActivities {
  const { sync, catalogue, panelOf } = deps;
  return {
    activePanels: async () => ({ servers: (await catalogue.activePanels()).map(({ serverCode }) => serverCode) }),

    readPanel: ({ serverCode, runId }) =>
      resumable<undefined, Awaited<ReturnType<PanelSyncActivities['readPanel']>>>(async (_from, note, signal) => {
        const panel = panelOf(await catalogue.panelAccess(serverCode));
        const list = await panel.listUsers(signal);
        const reading = await readPanel(sync, list, {
          serverCode,
          runId,
          maxShare: deps.maxShare,
          beat: () => note(undefined),
        });
        const load = await loadOf(panel, signal);
        const trafficGb = list.reduce((sum, { currentUsageGb }) => sum + currentUsageGb, 0);
        await sync.recordSample(serverCode, {
          users: list.length,
          online: load?.onlineLast5Minutes ?? null,
          cpuPercent: load?.cpuPercent ?? null,
          memoryUsed: load?.memoryUsed ?? null,
          diskUsed: load?.diskUsed ?? null,
          trafficGb,
        });
        return reading;
      }),

    repairPanel: ({ serverCode, runId }) =>
      resumable<number, { repaired: number; outdated: number }>(async (from = 0, note, signal) => {
        const panel = panelOf(await catalogue.panelAccess(serverCode));
        const sum = { repaired: 0, outdated: 0 };
        for (let after = from; ;) {
          const repairs = await sync.openRepairs(runId, serverCode, REPAIRABLE, after, BATCH);
          for (const { id, kind, subscriptionId } of repairs) {
            signal.throwIfAborted();
            const outcome = await repair(deps, panel, { serverCode, kind, subscriptionId }, signal);
            await sync.repaired(id, outcome);
            sum[outcome] += 1;
            after = id;
            note(id);
          }
          if (repairs.length < BATCH) return sum;
        }
      }),

    askOwner: ({ serverCode, runId, note }) =>
      deps.noticeOwner(`panel-sync:${serverCode}:${runId}`, note, null, activityInfo().workflowExecution?.workflowId),
  };
}

/** Tells the panel what the record says now: what was found minutes or a day ago may have been settled since. */
async function repair(
  { sync, panelDeactivations, subscriptions }: PanelSyncActivityDeps,
  panel: HiddifyPanel,
  { serverCode, kind, subscriptionId }: { serverCode: string; kind: string; subscriptionId: string },
  signal: AbortSignal,
): Promise<'repaired' | 'outdated'> {
  const living = await subscriptions.byId(subscriptionId);
  if (living?.serverCode !== serverCode) return 'outdated';
  if (kind === 'enabled-though-ended') {
    const account = {
      subscriptionId,
      userId: living.userId,
      panelUserId: living.panelUserId,
      expiresAt: living.expiresAt,
    };
    // Guarded like any closing: a renewal that comes in between is found again by the next closing.
    if (!(await panelDeactivations.begin(account))) return 'outdated';
    await panel.setEnabled(living.panelUserId, false, signal);
    await panelDeactivations.confirm(account);
    return 'repaired';
  }
  if (living.status !== 'active') return 'outdated';
  await panel.ensureUser(panelStateOf(living), signal);
  const now = await sync.endOf(subscriptionId);
  // It ended or was renewed while the panel was being told: whoever did that tells the panel, and the next sync looks again.
  return now?.status === 'active' && now.expiresAt.getTime() === living.expiresAt.getTime() ? 'repaired' : 'outdated';
}

/** The load is a nicety: a panel that gives its list but not its load has been synced. */
async function loadOf(panel: HiddifyPanel, signal: AbortSignal): Promise<PanelLoad | undefined> {
  try {
    return await panel.serverStatus(signal);
  } catch (error) {
    if (isGatewayError(error)) return undefined;
    throw error;
  }
}
