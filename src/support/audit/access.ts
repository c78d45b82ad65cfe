import { DAY_MS } from '../../domain/duration';
import { panelPeriod, type PanelUser } from '../../gateways/hiddify';
import {
  groupBy,
  shortAccount,
  type AuditRules,
  type Books,
  type Difference,
  type LedgerPayment,
  type LedgerSubscription,
  type PanelBook,
} from './ledger';

/** Instants are stored to the millisecond; anything above this is a different term. */
const SAME_INSTANT_MS = 1_000;
/** A panel counts whole days of its own calendar and may end up to 2.5 days late (gateways/hiddify/state.ts). */
const PANEL_SLACK_MS = 3 * DAY_MS;
/** Panels keep whole bytes, so limits come back a little smaller. */
const LIMIT_TOLERANCE_GB = 1e-6;

const COMMENT = /^gigabridge:([0-9a-f-]{36})$/;

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
    judgeAccount(subscription, owners, panels, rules, differences);
  }
  const { accounts, foreignAccounts } = judgeAccounts(record, panels, rules, differences);
  for (const revocation of record.openRevocations) {
    if (
      !panels.some((panel) => panel.serverCodes.includes(revocation.serverCode)) ||
      rules.now.getTime() - revocation.createdAt.getTime() <= rules.graceMs
    )
      continue;
    differences.push({
      kind: 'stuck',
      ids: {
        ...(revocation.paymentId === null ? {} : { payment: revocation.paymentId }),
        server: revocation.serverCode,
        account: shortAccount(revocation.panelUserId),
      },
      detail: `access was to be revoked at ${revocation.createdAt.toISOString()}, the panel has not confirmed it`,
    });
  }
  return { differences, accounts, foreignAccounts };
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
 * A subscription lasts as long as the money for it, less what refunds took back, plus the gaps before renewals that
 * came after its end.
 */
function judgeTerm(
  subscription: LedgerSubscription,
  owners: readonly LedgerPayment[],
  rules: AuditRules,
  differences: Difference[],
): void {
  // Of one that has ended only the payments of the span are here, not all that it was paid with.
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
            ? 'no payment points to it'
            : `its payments: ${owners.map(({ id, status }) => `${id} ${status}`).join(', ')}`,
      });
    return;
  }
  // A refund after the delivery revokes only what was still ahead, so a whole one may have left some days.
  const paidForMs = owners.reduce((sum, payment) => sum + Math.max(0, payment.days * DAY_MS - payment.revokedMs), 0);
  const gapsMs = owners.reduce((sum, payment) => sum + gapMs(payment), 0);
  const expected = subscription.startsAt.getTime() + paidForMs + gapsMs;
  const tooLongMs = subscription.expiresAt.getTime() - expected;
  if (Math.abs(tooLongMs) > SAME_INSTANT_MS) {
    differences.push({
      kind: 'wrong-term',
      ids,
      detail: `${(paidForMs / DAY_MS).toFixed(2)} days were paid for, it ends ${(Math.abs(tooLongMs) / DAY_MS).toFixed(2)} days ${tooLongMs > 0 ? 'later' : 'earlier'} than that`,
    });
  }
}

function gapMs({ previousExpiresAt, grantedExpiresAt, days }: LedgerPayment): number {
  if (!previousExpiresAt || !grantedExpiresAt) return 0;
  return Math.max(0, grantedExpiresAt.getTime() - days * DAY_MS - previousExpiresAt.getTime());
}

function judgeAccount(
  subscription: LedgerSubscription,
  owners: readonly LedgerPayment[],
  panels: readonly PanelBook[],
  rules: AuditRules,
  differences: Difference[],
): void {
  const panel = panels.find(({ serverCodes }) => serverCodes.includes(subscription.serverCode));
  const isBeingDelivered = owners.some(({ status }) => status === 'paid' || status === 'delayed');
  if (
    !panel ||
    subscription.expiresAt <= rules.now ||
    subscription.status === 'revoked' ||
    subscription.status === 'expired'
  )
    return;
  const ids = {
    subscription: subscription.id,
    server: subscription.serverCode,
    account: shortAccount(subscription.panelUserId),
    ...(owners[0] ? { payment: owners[0].id } : {}),
  };
  if (subscription.status === 'pending') {
    if (!isBeingDelivered)
      differences.push({
        kind: 'account-missing',
        ids,
        detail: 'the subscription was never confirmed by the panel and nothing is delivering it',
      });
    return;
  }
  const account = panel.accounts.find(({ uuid }) => uuid === subscription.panelUserId);
  if (!account)
    return void differences.push({
      kind: 'account-missing',
      ids,
      detail: `active until ${subscription.expiresAt.toISOString()}`,
    });
  // A renewal on its way: the panel may say either.
  if (isBeingDelivered) return;
  const wrong = wrongFields(account, subscription);
  if (wrong.length > 0) differences.push({ kind: 'account-wrong', ids, detail: wrong.join('; ') });
}

function wrongFields(account: PanelUser, subscription: LedgerSubscription): string[] {
  const { startDate, packageDays } = panelPeriod(subscription);
  const wrong: string[] = [];
  if (!account.enable) wrong.push('it is switched off');
  if (account.startDate !== startDate || account.packageDays !== packageDays)
    wrong.push(
      `term ${account.startDate ?? 'not begun'} + ${account.packageDays} days, should be ${startDate} + ${packageDays}`,
    );
  const { usageLimitGb: has } = account;
  const { trafficGb: should } = subscription;
  if (has === null || should === null ? has !== should : Math.abs(has - should) > LIMIT_TOLERANCE_GB)
    wrong.push(`traffic ${has ?? 'unlimited'}, should be ${should ?? 'unlimited'}`);
  return wrong;
}

/** From the panels' side: every account of ours has its subscription. */
function judgeAccounts(
  record: Books['record'],
  panels: readonly PanelBook[],
  rules: AuditRules,
  differences: Difference[],
): { accounts: number; foreignAccounts: number } {
  const byAccount = new Map(record.subscriptions.map((one) => [one.panelUserId, one]));
  const leaving = new Set(record.openRevocations.map(({ serverCode, panelUserId }) => `${serverCode} ${panelUserId}`));
  const seen = new Map<string, string>();
  let accounts = 0;
  let foreignAccounts = 0;
  for (const panel of panels) {
    for (const account of panel.accounts) {
      const claimed = COMMENT.exec(account.comment)?.[1];
      const subscription = byAccount.get(account.uuid);
      if (!subscription && claimed === undefined) {
        foreignAccounts += 1;
        continue;
      }
      accounts += 1;
      if (panel.serverCodes.some((code) => leaving.has(`${code} ${account.uuid}`))) continue;
      const server = panel.serverCodes.join('+');
      const ids = {
        ...(claimed === undefined ? {} : { subscription: claimed }),
        server,
        account: shortAccount(account.uuid),
      };
      const add = (kind: Difference['kind'], detail: string) => void differences.push({ kind, ids, detail });
      const first = claimed === undefined ? undefined : seen.get(claimed);
      if (claimed !== undefined) seen.set(claimed, `${shortAccount(account.uuid)} on ${server}`);
      if (first !== undefined) add('doubled-account', `the other one: ${first}`);
      else if (!subscription)
        add('account-without-subscription', `the account is ${account.isActive ? 'active' : 'not active'}`);
      else if (!panel.serverCodes.includes(subscription.serverCode))
        add('account-on-wrong-server', `the subscription is on ${subscription.serverCode}`);
      else if (subscription.status === 'revoked')
        add('account-after-refund', `the account is ${account.isActive ? 'active' : 'not active'}`);
      else if (account.isActive && subscription.expiresAt.getTime() + PANEL_SLACK_MS < rules.now.getTime())
        add('account-wrong', `it works, but the subscription ended at ${subscription.expiresAt.toISOString()}`);
    }
  }
  return { accounts, foreignAccounts };
}
