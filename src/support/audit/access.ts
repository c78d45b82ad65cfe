import { isFree } from '../../domain/bookEntry';
import { DAY_MS, HOUR_MS } from '../../domain/duration';
import { judgeAccount, judgeAccounts } from './accounts';
import { compareGrants } from './grants';
import type { Difference } from './differences';
import {
  groupBy,
  shortAccount,
  type AuditRules,
  type Books,
  type LedgerPayment,
  type LedgerSubscription,
  type DatabaseBook,
} from './ledger';
import type { AccessTotals } from './totals';

/** Compares subscriptions with the money that bought them and with the accounts on the panels. */
export function compareAccess(
  { database, panels }: Pick<Books, 'database' | 'panels'>,
  rules: AuditRules,
): { differences: Difference[]; totals: AccessTotals; accounts: number; foreignAccounts: number } {
  const differences: Difference[] = [];
  const ownersOf = groupBy(
    database.payments.filter(({ subscriptionId }) => subscriptionId !== null),
    (payment) => payment.subscriptionId!,
  );
  // What was given for nothing needs no money; whether it was given is judged with the book.
  const ordered = new Set(database.promoUses.map(({ id }) => id));
  const given = new Set(
    database.entries.filter((one) => isFree(one) && !ordered.has(one.source)).map((one) => one.subscriptionId),
  );
  const subscriptions = new Map(database.subscriptions.map((one) => [one.id, one]));
  const changing = subscriptionsBeingTold(database);
  for (const payment of database.payments) judgeDelivered(payment, subscriptions, rules, differences);
  for (const subscription of database.subscriptions) {
    const owners = ownersOf.get(subscription.id) ?? [];
    if (!given.has(subscription.id)) judgeOwners(subscription, owners, rules, differences);
    const isBeingTold = changing.has(subscription.id);
    judgeAccount(
      { subscription, owners, isBeingTold },
      { panels, gonePanels: database.gonePanels },
      rules,
      differences,
    );
  }
  const { accounts, foreignAccounts } = judgeAccounts(database, panels, rules, differences);
  judgeRevocations({ database, panels }, rules, differences);
  judgeFreeGrants(database, rules, differences);
  const grants = compareGrants(database, ownersOf);
  return { differences: [...differences, ...grants.differences], totals: grants.totals, accounts, foreignAccounts };
}

/**
 * Subscriptions of which a panel is being told something, bought, given or refunded in part: until it has confirmed
 * that, it shows what was before, or nothing. What takes too long is a difference of its own.
 */
function subscriptionsBeingTold({
  payments,
  freeGrants,
  refunds,
}: Pick<DatabaseBook, 'payments' | 'freeGrants' | 'refunds'>): ReadonlySet<string | null> {
  const refunding = new Set(refunds.filter(({ isOpen }) => isOpen).map(({ paymentId }) => paymentId));
  return new Set([
    ...payments
      .filter(({ id, status }) => status === 'paid' || status === 'delayed' || refunding.has(id))
      .map(({ subscriptionId }) => subscriptionId),
    ...freeGrants
      .filter(({ status }) => status === 'given' || status === 'delayed')
      .map(({ subscriptionId }) => subscriptionId),
  ]);
}

/** A panel that is away may take hours; nobody is told of a free grant that never comes, so that is found here. */
const GIVEN_WITHIN_MS = DAY_MS;

function judgeFreeGrants(
  { freeGrants }: Pick<DatabaseBook, 'freeGrants'>,
  rules: AuditRules,
  differences: Difference[],
): void {
  for (const { kind, source, subscriptionId, givenAt, deliveredAt, status, keyTold } of freeGrants) {
    if (deliveredAt !== null && !keyTold && rules.now.getTime() - deliveredAt.getTime() > rules.graceMs)
      differences.push({
        kind: 'key-not-told',
        ids: { subscription: subscriptionId },
        detail: `the ${kind} ${source} was delivered at ${deliveredAt.toISOString()}`,
      });
    if (status !== 'issued' && status !== 'revoked' && rules.now.getTime() - givenAt.getTime() > GIVEN_WITHIN_MS)
      differences.push({
        kind: 'stuck',
        ids: { subscription: subscriptionId },
        detail: `the ${kind} ${source} was given at ${givenAt.toISOString()}, and its key is not there yet`,
      });
  }
}

/** The panel sync runs every half hour; within this time it has checked a confirmed revocation a second time. */
const LOOKED_AGAIN_WITHIN_MS = 2 * HOUR_MS;

/** Revocations that the panel has not confirmed in time, or that the panel sync has not checked a second time. */
function judgeRevocations(
  { database, panels }: Pick<Books, 'database' | 'panels'>,
  rules: AuditRules,
  differences: Difference[],
): void {
  for (const { paymentId, serverCode, panelUserId, createdAt, confirmedAt } of database.openRevocations) {
    const isSold = panels.some((panel) => panel.serverCodes.includes(serverCode));
    const allowedMs = confirmedAt === null ? rules.graceMs : Math.max(rules.graceMs, LOOKED_AGAIN_WITHIN_MS);
    if (!isSold || rules.now.getTime() - createdAt.getTime() <= allowedMs) continue;
    differences.push({
      kind: 'stuck',
      ids: {
        ...(paymentId === null ? {} : { payment: paymentId }),
        server: serverCode,
        account: shortAccount(panelUserId),
      },
      detail:
        `access was to be revoked at ${createdAt.toISOString()}, ` +
        (confirmedAt === null
          ? 'the panel has not confirmed it'
          : `the panel has confirmed it at ${confirmedAt.toISOString()} and was not looked at again since`),
    });
  }
}

function judgeDelivered(
  payment: LedgerPayment,
  subscriptions: ReadonlyMap<string, LedgerSubscription>,
  rules: AuditRules,
  differences: Difference[],
): void {
  if (payment.status !== 'issued') return;
  const subscription = payment.subscriptionId === null ? undefined : subscriptions.get(payment.subscriptionId);
  // What a gift gives has its own comparison.
  if (payment.purpose !== 'gift' && (!subscription || subscription.status === 'revoked')) {
    differences.push({
      kind: 'issued-without-subscription',
      ids: {
        payment: payment.id,
        ...(payment.subscriptionId === null ? {} : { subscription: payment.subscriptionId }),
      },
      detail: subscription ? 'the subscription is revoked' : 'no subscription',
    });
  }
  if (!payment.keyTold && rules.now.getTime() - payment.updatedAt.getTime() > rules.graceMs)
    differences.push({
      kind: 'key-not-told',
      ids: { payment: payment.id },
      detail: `delivered at ${payment.updatedAt.toISOString()}`,
    });
}

const KEEPS = new Set(['paid', 'delayed', 'issued']);

/** A subscription lives as long as the shop keeps money for it. */
function judgeOwners(
  { id, serverCode, status, expiresAt }: LedgerSubscription,
  owners: readonly LedgerPayment[],
  rules: AuditRules,
  differences: Difference[],
): void {
  // Of a subscription that has ended only the payments of the audited span are known, not all of them.
  if (status === 'revoked' || status === 'expired' || expiresAt <= rules.now) return;
  if (owners.some((payment) => KEEPS.has(payment.status))) return;
  differences.push({
    kind: 'subscription-without-money',
    ids: { subscription: id, server: serverCode, ...(owners[0] ? { payment: owners[0].id } : {}) },
    detail:
      owners.length === 0
        ? 'no payment names it'
        : `its payments: ${owners.map((payment) => `${payment.id} ${payment.status}`).join(', ')}`,
  });
}
