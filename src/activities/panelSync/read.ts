import { driftOf, needsApproval, REPAIRABLE, strangerDrift, type Drift } from '../../domain/panelDrift';
import { panelPeriod, type PanelUser } from '../../gateways/hiddify';
import type { AccountOnServer, PanelSyncRepository, ShownUsage } from '../../storage/postgres/panelSync';
import type { DriftCounts, PanelReading } from '../../workflows/contracts/panelSync';

/** Our accounts are read this many at a time. */
const PAGE = 5_000;

/**
 * Compares one panel's list with our record and writes down what it shows. Nothing is changed on the panel.
 *
 * @param maxShare of our living accounts that may be repaired without asking, 0 to 1
 * @param beat a sign of life between pages
 */
export async function readPanel(
  store: Pick<PanelSyncRepository, 'accounts' | 'writeUsage' | 'writeDrift'>,
  list: readonly PanelUser[],
  run: { readonly serverCode: string; readonly runId: string; readonly maxShare: number; readonly beat: () => void },
): Promise<PanelReading> {
  const strangers = new Map(list.map((user) => [user.uuid, user]));
  const ids = new Set<string>();
  const drift: Drift[] = [];
  let living = 0;
  let written = 0;
  for (let after: string | null = null; ;) {
    const accounts: AccountOnServer[] = await store.accounts(run.serverCode, after, PAGE);
    const shownHere: ShownUsage[] = [];
    for (const account of accounts) {
      ids.add(account.id);
      if (account.status !== 'expired') living += 1;
      const shown = strangers.get(account.panelUserId);
      strangers.delete(account.panelUserId);
      if (shown) shownHere.push(usageOf(account, shown));
      const kind = driftOf(recorded(account), shown);
      if (kind) drift.push({ kind, subscriptionId: account.id, panelUserId: account.panelUserId });
    }
    written += await store.writeUsage(shownHere);
    run.beat();
    if (accounts.length < PAGE) break;
    after = accounts.at(-1)!.id;
  }
  for (const user of strangers.values()) drift.push(strangerDrift(user, (id) => ids.has(id)));

  // An account that lives on under another uuid must not be made a second time under its own.
  const elsewhere = new Set(
    drift.filter(({ kind }) => kind === 'uuid-changed').map(({ subscriptionId }) => subscriptionId),
  );
  const kept = drift.filter(({ kind, subscriptionId }) => !(kind === 'missing' && elsewhere.has(subscriptionId)));
  // Strangers are the owner's own customers: counted, not listed.
  await store.writeDrift(
    run.runId,
    run.serverCode,
    kept.filter(({ kind }) => kind !== 'unknown-user'),
  );
  const repairs = kept.filter(({ kind }) => REPAIRABLE.includes(kind)).length;
  const reading = { ours: living, theirs: list.length, repairs };
  return { ...reading, written, drift: countKinds(kept), needsApproval: needsApproval(reading, run.maxShare) };
}

function recorded(account: AccountOnServer) {
  return {
    subscriptionId: account.id,
    panelUserId: account.panelUserId,
    status: account.status,
    settled: account.settled,
    ...panelPeriod({ startsAt: account.startsAt, expiresAt: account.expiresAt }),
    usageLimitGb: account.trafficGb,
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
