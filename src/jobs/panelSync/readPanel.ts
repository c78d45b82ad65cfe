import { isUnlimitedOver } from '../../domain/grant';
import { driftOf, needsApproval, REPAIRABLE, strangerDrift, type Drift } from '../../domain/panelDrift';
import { panelLimits, panelPeriod, type PanelUser } from '../../gateways/hiddify';
import type { AccountOnServer, PanelSyncRepository, ShownUsage } from '../../storage/postgres/panelSync';
import type { DriftCounts, PanelReading } from './contract';

/** So many of the shop's accounts are read from the database at a time. */
const PAGE = 5_000;

/**
 * Compares one panel's list of accounts with the database and stores usage and differences. Nothing is changed on the
 * panel.
 *
 * @param run.maxShare of the shop's active accounts that may be repaired without asking, 0 to 1
 * @param run.graceMs `SUBSCRIPTION_GRACE`
 * @param run.now when unlimited time counts as over
 * @param run.heartbeat called between pages
 */
export async function readPanel(
  store: Pick<PanelSyncRepository, 'accounts' | 'writeUsage' | 'writeDrift'>,
  list: readonly PanelUser[],
  run: {
    readonly serverCode: string;
    readonly runId: string;
    readonly maxShare: number;
    readonly graceMs: number;
    readonly now: Date;
    readonly heartbeat: () => void;
  },
): Promise<PanelReading> {
  const others = new Map(list.map((user) => [user.uuid, user]));
  const ids = new Set<string>();
  const drift: Drift[] = [];
  let active = 0;
  let toLimit = 0;
  let written = 0;
  for (let after: string | null = null; ;) {
    const accounts: AccountOnServer[] = await store.accounts(run.serverCode, after, PAGE);
    const shownHere: ShownUsage[] = [];
    for (const account of accounts) {
      ids.add(account.id);
      if (account.status !== 'expired') active += 1;
      if (account.status === 'active' && isUnlimitedOver(account, run.now)) toLimit += 1;
      const shown = others.get(account.panelUserId);
      others.delete(account.panelUserId);
      if (shown) shownHere.push(usageOf(account, shown));
      const kind = driftOf(recorded(account, run.graceMs), shown);
      if (kind) drift.push({ kind, subscriptionId: account.id, panelUserId: account.panelUserId });
    }
    written += await store.writeUsage(shownHere);
    run.heartbeat();
    if (accounts.length < PAGE) break;
    after = accounts.at(-1)!.id;
  }
  for (const user of others.values()) drift.push(strangerDrift(user, (id) => ids.has(id)));

  // An account that is on the panel under another uuid must not be created a second time under its own.
  const elsewhere = new Set(
    drift.filter(({ kind }) => kind === 'uuid-changed').map(({ subscriptionId }) => subscriptionId),
  );
  const kept = drift.filter(({ kind, subscriptionId }) => !(kind === 'missing' && elsewhere.has(subscriptionId)));
  // Accounts that are not the shop's belong to the owner's other customers: counted, not stored.
  await store.writeDrift(
    run.runId,
    run.serverCode,
    kept.filter(({ kind }) => kind !== 'unknown-user'),
  );
  const repairs = kept.filter(({ kind }) => REPAIRABLE.includes(kind)).length;
  const reading = { ours: active, theirs: list.length, repairs };
  return { ...reading, written, drift: countKinds(kept), needsApproval: needsApproval(reading, run.maxShare), toLimit };
}

function recorded(account: AccountOnServer, graceMs: number) {
  return {
    subscriptionId: account.id,
    panelUserId: account.panelUserId,
    status: account.status,
    settled: account.settled,
    ...panelPeriod(account, graceMs),
    ...panelLimits(account),
  };
}

function usageOf(account: AccountOnServer, shown: PanelUser): ShownUsage {
  return {
    subscriptionId: account.id,
    usedGb: shown.currentUsageGb,
    enabled: shown.enable,
    active: shown.isActive,
    lastOnline: shown.lastOnline,
  };
}

function countKinds(drift: readonly Drift[]): DriftCounts {
  const counts: Record<string, number> = {};
  for (const { kind } of drift) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
