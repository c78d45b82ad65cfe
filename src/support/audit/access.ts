import { DAY_MS, HOUR_MS } from '../../domain/duration';
import { judgeAccount, judgeAccounts } from './accounts';
import {
  groupBy,
  shortAccount,
  type AuditRules,
  type Books,
  type Difference,
  type LedgerPayment,
  type LedgerSubscription,
} from './ledger';

/** Instants are stored to the millisecond; a larger difference is a different term. */
const SAME_INSTANT_MS = 1_000;

/** Compares subscriptions with the money that bought them and with the accounts on the panels. */
export function compareAccess(
  { record, panels }: Pick<Books, 'record' | 'panels'>,
  rules: AuditRules,
): { differences: Difference[]; accounts: number; foreignAccounts: number } {
  const differences: Difference[] = [];
  const ownersOf = groupBy(
    record.payments.filter(({ subscriptionId }) => subscriptionId !== null),
    (payment) => payment.subscriptionId!,
  );
  const subscriptions = new Map(record.subscriptions.map((one) => [one.id, one]));
  for (const payment of record.payments) judgeDelivered(payment, subscriptions, rules, differences);
  for (const subscription of record.subscriptions) {
    const owners = ownersOf.get(subscription.id) ?? [];
    judgeTerm(subscription, owners, rules, differences);
    judgeAccount(subscription, owners, { panels, gonePanels: record.gonePanels }, rules, differences);
  }
  const { accounts, foreignAccounts } = judgeAccounts(record, panels, rules, differences);
  judgeRevocations({ record, panels }, rules, differences);
  return { differences, accounts, foreignAccounts };
}

/** Within this the panel sync, which runs every half hour, has looked again at a revocation that was confirmed. */
const LOOKED_AGAIN_WITHIN_MS = 2 * HOUR_MS;

/** Access that was to be revoked and that the panel has not confirmed in time, or that nobody has looked at again. */
function judgeRevocations(
  { record, panels }: Pick<Books, 'record' | 'panels'>,
  rules: AuditRules,
  differences: Difference[],
): void {
  for (const { paymentId, serverCode, panelUserId, createdAt, confirmedAt } of record.openRevocations) {
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
  if (!subscription || subscription.status === 'revoked') {
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

/**
 * A subscription lasts as long as was paid for, less what refunds revoked, plus the gaps before renewals that came
 * after its end.
 */
function judgeTerm(
  subscription: LedgerSubscription,
  owners: readonly LedgerPayment[],
  rules: AuditRules,
  differences: Difference[],
): void {
  // Of a subscription that has ended only the payments of the audited span are known, not all of them.
  if (subscription.status === 'revoked' || subscription.status === 'expired') return;
  const ids = {
    subscription: subscription.id,
    server: subscription.serverCode,
    ...(owners[0] ? { payment: owners[0].id } : {}),
  };
  const keeping = owners.filter(({ status }) => KEEPS.has(status));
  const isLiving = subscription.expiresAt > rules.now;
  if (keeping.length === 0) {
    if (isLiving)
      differences.push({
        kind: 'subscription-without-money',
        ids,
        detail:
          owners.length === 0
            ? 'no payment names it'
            : `its payments: ${owners.map(({ id, status }) => `${id} ${status}`).join(', ')}`,
      });
    return;
  }
  // A refund after the delivery revokes only time that is still ahead, so even a full refund may leave some days.
  const paidForMs = owners.reduce((sum, payment) => sum + Math.max(0, payment.days * DAY_MS - payment.revokedMs), 0);
  const gapsMs = owners.reduce((sum, payment) => sum + gapMs(payment), 0);
  const expected = subscription.startsAt.getTime() + paidForMs + gapsMs;
  const tooLongMs = subscription.expiresAt.getTime() - expected;
  if (Math.abs(tooLongMs) > SAME_INSTANT_MS) {
    const days = (ms: number) => (Math.abs(ms) / DAY_MS).toFixed(2);
    const direction = tooLongMs > 0 ? 'later' : 'earlier';
    differences.push({
      kind: 'wrong-term',
      ids,
      detail: `${days(paidForMs)} days were paid for, it ends ${days(tooLongMs)} days ${direction} than that`,
    });
  }
}

function gapMs({ previousExpiresAt, grantedExpiresAt, days }: LedgerPayment): number {
  if (!previousExpiresAt || !grantedExpiresAt) return 0;
  return Math.max(0, grantedExpiresAt.getTime() - days * DAY_MS - previousExpiresAt.getTime());
}
