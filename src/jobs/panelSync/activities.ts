import { cancellationSignal } from '@temporalio/activity';
import { withProgress } from '../../activities/heartbeat';
import { carryOutRevocation, type RevocationDeps } from '../../activities/accessRevocation';
import type { Settings } from '../../config/settings';
import { isGatewayError } from '../../gateways/errors';
import { isAboutOneAccount, type HiddifyPanel, type PanelLoad } from '../../gateways/hiddify';
import { panelDiffersScreen } from '../../messages/screens/panelSync';
import { workflowPage } from '../../messages/screens/webUi';
import type { AccessRevocation } from '../../storage/postgres/accessRevocations';
import { panelSyncChildId, type PanelSyncActivities } from './contract';
import { limitTraffic, type LimitDependencies } from './limitTraffic';
import { readPanel } from './readPanel';
import { recordRun, type RecordRunDependencies } from './recordRun';
import { repairPanel, type RepairDependencies } from './repairPanel';

/** So many open revocations are read from the database at a time. */
const REVOCATIONS = 200;

export interface PanelSyncDependencies
  extends
    RepairDependencies,
    LimitDependencies,
    RecordRunDependencies,
    Pick<RevocationDeps, 'accessRevocations' | 'tellOwners'> {
  /** `PANEL_SYNC_MAX_CHANGES`: the share of a panel's active accounts that may be repaired without asking, 0 to 1. */
  readonly settings: Pick<Settings, 'PANEL_SYNC_MAX_CHANGES' | 'SUBSCRIPTION_GRACE'>;
}

export function createPanelSyncActivities(dependencies: PanelSyncDependencies): { main: PanelSyncActivities } {
  const { settings, panelSync, catalogue, accessRevocations, bulkPanelOf, tellOwners, temporalUi, now } = dependencies;
  return {
    main: {
      panelsToSync: async () => ({
        servers: (await catalogue.activePanels()).map(({ serverCode }) => serverCode),
        withRevocations: await accessRevocations.serversWithOpen(),
      }),

      revokeAgain: ({ serverCode }) =>
        withProgress<number, { revoked: number }>(async (from = 0, save, signal) => {
          let revoked = 0;
          for (let after = from; ;) {
            const open = await accessRevocations.openOn(serverCode, after, REVOCATIONS);
            for (const revocation of open) {
              signal.throwIfAborted();
              if (await isCarriedOut(dependencies, revocation)) revoked += 1;
              after = revocation.id;
              save(after);
            }
            if (open.length < REVOCATIONS) return { revoked };
          }
        }),

      async readPanel({ serverCode, runId }) {
        const signal = cancellationSignal();
        const panel = bulkPanelOf(await catalogue.panelAccess(serverCode));
        const accounts = await panel.readAccounts(() => panelSync.knownAccounts(serverCode), signal);
        const reading = await readPanel(panelSync, accounts, {
          serverCode,
          runId,
          maxShare: settings.PANEL_SYNC_MAX_CHANGES,
          graceMs: settings.SUBSCRIPTION_GRACE,
          now: now(),
        });
        const load = await loadOf(panel, signal);
        await panelSync.recordSample(serverCode, {
          users: accounts.isWhole ? accounts.users.length : (load?.users ?? accounts.users.length),
          online: load?.onlineLast5Minutes ?? null,
          cpuPercent: load?.cpuPercent ?? null,
          memoryUsed: load?.memoryUsed ?? null,
          diskUsed: load?.diskUsed ?? null,
          trafficGb: accounts.users.reduce((sum, { currentUsageGb }) => sum + currentUsageGb, 0),
        });
        return reading;
      },

      repairPanel: (run) =>
        withProgress<number, Record<'repaired' | 'outdated' | 'refused', number>>((from = 0, save, signal) =>
          repairPanel(dependencies, run, from, save, signal),
        ),

      limitTraffic: async ({ serverCode }) => ({
        limited: await limitTraffic(dependencies, serverCode, cancellationSignal()),
      }),

      recordRun: ({ runId, ...run }) => recordRun(dependencies, runId, run),

      async askOwner({ serverCode, runId, reading }) {
        const workflowId = panelSyncChildId(serverCode);
        const about = { ...reading, serverCode, workflowId, workflowUrl: workflowPage(temporalUi, workflowId) };
        await tellOwners('attention', `panel-sync:${serverCode}:${runId}`, (language) =>
          panelDiffersScreen(about, language),
        );
      },
    },
  };
}

/** @returns false: the panel does not take it, or hides the account from this key; the others go on */
async function isCarriedOut(dependencies: PanelSyncDependencies, revocation: AccessRevocation): Promise<boolean> {
  try {
    await carryOutRevocation(dependencies, dependencies.bulkPanelOf, revocation);
    return true;
  } catch (error) {
    if (!isAboutOneAccount(error)) throw error;
    return false;
  }
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
