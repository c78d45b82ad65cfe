import { createHash } from 'node:crypto';
import { isUnlimitedOver } from '../../domain/grant';
import {
  driftOf,
  FOR_A_PERSON,
  needsApproval,
  referenceOf,
  REPAIRABLE,
  strangerDrift,
  type Drift,
} from '../../domain/panelDrift';
import { isUuid } from '../../domain/uuid';
import { panelLimits, panelPeriod, type PanelAccounts, type PanelUser } from '../../gateways/hiddify';
import type { AccountOnServer, PanelSyncRepository, ShownUsage } from '../../storage/postgres/panelSync';
import type { DriftCounts, PanelReading } from './contract';

/** So many of the shop's accounts are read from the database at a time. */
const PAGE = 5_000;

/**
 * Compares one panel's accounts with the database and stores usage and differences. Nothing is changed on the
 * panel.
 *
 * @param run.maxShare of the shop's active accounts that may be repaired without asking, 0 to 1
 * @param run.graceMs `SUBSCRIPTION_GRACE`
 * @param run.now when unlimited time counts as over
 */
export async function readPanel(
  store: Pick<PanelSyncRepository, 'accounts' | 'claims' | 'writeUsage' | 'writeDrift'>,
  { users, isWhole, unreadable }: PanelAccounts,
  run: {
    readonly serverCode: string;
    readonly runId: string;
    readonly maxShare: number;
    readonly graceMs: number;
    readonly now: Date;
  },
): Promise<PanelReading> {
  const others = new Map(users.map((user) => [user.uuid, user]));
  const drift: Drift[] = [];
  let active = 0;
  let toLimit = 0;
  let written = 0;
  for (let after: string | null = null; ;) {
    const accounts: AccountOnServer[] = await store.accounts(run.serverCode, after, PAGE);
    const shownHere: ShownUsage[] = [];
    for (const account of accounts) {
      if (account.status !== 'expired') active += 1;
      if (account.status === 'active' && isUnlimitedOver(account, run.now)) toLimit += 1;
      const shown = others.get(account.panelUserId);
      others.delete(account.panelUserId);
      if (shown) shownHere.push(usageOf(account, shown));
      // It is there, and nothing can be said of it.
      if (unreadable.has(account.panelUserId)) continue;
      const kind = driftOf(recorded(account, run.graceMs), shown);
      if (kind) drift.push({ kind, subscriptionId: account.id, panelUserId: account.panelUserId });
    }
    written += await store.writeUsage(shownHere);
    if (accounts.length < PAGE) break;
    after = accounts.at(-1)!.id;
  }
  drift.push(...(await strangers(store, [...others.values()], run)));

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
  const reading = { ours: active, theirs: users.length + unreadable.size, repairs };
  return {
    ...reading,
    written,
    drift: countKinds(kept),
    needsApproval: needsApproval(reading, run.maxShare),
    toLimit,
    isWhole,
    unreadable: unreadable.size,
    forAPerson: digestForAPerson(kept),
  };
}

/** The same as long as the same accounts differ in the same way. */
function digestForAPerson(drift: readonly Drift[]): string | null {
  const accounts = drift
    .filter(({ kind }) => FOR_A_PERSON.includes(kind))
    .map(({ kind, panelUserId }) => `${kind} ${panelUserId}`);
  if (accounts.length === 0) return null;
  return createHash('sha256').update(accounts.toSorted().join('\n')).digest('hex').slice(0, 16);
}

/** The accounts that are none of this server's living ones: the owner's other customers, and what is left of ours. */
async function strangers(
  store: Pick<PanelSyncRepository, 'claims'>,
  users: readonly PanelUser[],
  run: { readonly serverCode: string },
): Promise<Drift[]> {
  const drift: Drift[] = [];
  for (let from = 0; from < users.length; from += PAGE) {
    const page = users.slice(from, from + PAGE);
    const claims = await store.claims(run.serverCode, {
      panelUserIds: page.map(({ uuid }) => uuid).filter(isUuid),
      subscriptionIds: page.flatMap((user) => referenceOf(user) ?? []),
    });
    const byUuid = new Map(claims.map((claim) => [claim.panelUserId, claim]));
    const byId = new Map(claims.map((claim) => [claim.subscriptionId, claim]));
    for (const user of page) {
      const found = strangerDrift(user, byUuid.get(user.uuid) ?? byId.get(referenceOf(user) ?? ''));
      if (found) drift.push(found);
    }
  }
  return drift;
}

function recorded(account: AccountOnServer, graceMs: number) {
  return {
    subscriptionId: account.id,
    panelUserId: account.panelUserId,
    status: account.status,
    isConfirmed: account.isConfirmed,
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
