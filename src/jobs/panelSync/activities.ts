import { activityInfo } from '@temporalio/activity';
import { withHeartbeat } from '../../activities/heartbeat';
import type { NotifyOwner } from '../../activities/ownerNotice';
import type { Settings } from '../../config/settings';
import { isGatewayError } from '../../gateways/errors';
import type { HiddifyPanel, PanelLoad } from '../../gateways/hiddify';
import type { PanelSyncActivities, PanelReading } from './contract';
import { limitTraffic, type LimitDependencies } from './limitTraffic';
import { readPanel } from './readPanel';
import { repairPanel, type RepairDependencies } from './repairPanel';

export interface PanelSyncDependencies extends RepairDependencies, LimitDependencies {
  /** `PANEL_SYNC_MAX_CHANGES`: the share of a panel's active accounts that may be repaired without asking, 0 to 1. */
  readonly settings: Pick<Settings, 'PANEL_SYNC_MAX_CHANGES' | 'SUBSCRIPTION_GRACE'>;
  readonly notifyOwner: NotifyOwner;
}

export function createPanelSyncActivities(dependencies: PanelSyncDependencies): { main: PanelSyncActivities } {
  const { settings, panelSync, catalogue, bulkPanelOf, notifyOwner, now } = dependencies;
  return {
    main: {
      activePanels: async () => ({ servers: (await catalogue.activePanels()).map(({ serverCode }) => serverCode) }),

      readPanel: ({ serverCode, runId }) =>
        withHeartbeat<undefined, PanelReading>(async (_from, save, signal) => {
          const panel = bulkPanelOf(await catalogue.panelAccess(serverCode));
          const list = await panel.listUsers(signal);
          const reading = await readPanel(panelSync, list, {
            serverCode,
            runId,
            maxShare: settings.PANEL_SYNC_MAX_CHANGES,
            graceMs: settings.SUBSCRIPTION_GRACE,
            now: now(),
            heartbeat: () => save(undefined),
          });
          const load = await loadOf(panel, signal);
          await panelSync.recordSample(serverCode, {
            users: list.length,
            online: load?.onlineLast5Minutes ?? null,
            cpuPercent: load?.cpuPercent ?? null,
            memoryUsed: load?.memoryUsed ?? null,
            diskUsed: load?.diskUsed ?? null,
            trafficGb: list.reduce((sum, { currentUsageGb }) => sum + currentUsageGb, 0),
          });
          return reading;
        }),

      repairPanel: (run) =>
        withHeartbeat<number, Record<'repaired' | 'outdated' | 'refused', number>>((from = 0, save, signal) =>
          repairPanel(dependencies, run, from, save, signal),
        ),

      limitTraffic: ({ serverCode }) =>
        withHeartbeat<undefined, { limited: number }>(async (_from, save, signal) => ({
          limited: await limitTraffic(dependencies, serverCode, () => save(undefined), signal),
        })),

      askOwner: ({ serverCode, runId, note }) =>
        notifyOwner(`panel-sync:${serverCode}:${runId}`, note, null, activityInfo().workflowExecution?.workflowId),
    },
  };
}

/** A panel that gives its list of accounts but not its load counts as read. */
async function loadOf(panel: HiddifyPanel, signal: AbortSignal): Promise<PanelLoad | undefined> {
  try {
    return await panel.serverStatus(signal);
  } catch (error) {
    if (isGatewayError(error)) return undefined;
    throw error;
  }
}
