/** Compares subscriptions with the accounts on the panels. */
import { sameTrafficLimit } from '../../domain/grant';
import { PANEL_ENDS_WITHIN_MS, panelLimits, panelPeriod, type PanelUser } from '../../gateways/hiddify';
import type { Difference } from './differences';
import {
  shortAccount,
  type AuditRules,
  type Books,
  type LedgerPayment,
  type LedgerSubscription,
  type PanelBook,
} from './ledger';

/** The comment of the shop's own accounts. */
const COMMENT = /^gigabridge:([0-9a-f-]{36})$/;

/** From the side of a subscription: its account exists and says the same. */
export function judgeAccount(
  {
    subscription,
    owners,
    isBeingTold,
  }: {
    readonly subscription: LedgerSubscription;
    /** What paid for it. */
    readonly owners: readonly LedgerPayment[];
    /** Its panel is being told of something, see `subscriptionsBeingTold`. */
    readonly isBeingTold: boolean;
  },
  { panels, gonePanels }: Pick<Books, 'panels'> & Pick<Books['database'], 'gonePanels'>,
  rules: AuditRules,
  differences: Difference[],
): void {
  const panel = panels.find(({ serverCodes }) => serverCodes.includes(subscription.serverCode));
  const gone = gonePanels.find(({ serverCode }) => serverCode === subscription.serverCode);
  if (subscription.expiresAt <= rules.now || subscription.status === 'revoked' || subscription.status === 'expired')
    return;
  const ids = {
    subscription: subscription.id,
    server: subscription.serverCode,
    account: shortAccount(subscription.panelUserId),
    ...(owners[0] ? { payment: owners[0].id } : {}),
  };
  if (gone) {
    if (!isBeingTold)
      differences.push({
        kind: 'access-on-gone-panel',
        ids,
        detail: `paid for until ${subscription.expiresAt.toISOString()}; refund what is left, or take "gone" back`,
      });
    return;
  }
  if (!panel) return;
  if (subscription.status === 'pending') {
    if (!isBeingTold)
      differences.push({
        kind: 'account-missing',
        ids,
        detail: 'the subscription was never confirmed by the panel and nothing is delivering it',
      });
    return;
  }
  if (panel.unreadable.has(subscription.panelUserId))
    return void differences.push({
      kind: 'account-unreadable',
      ids,
      detail: 'the panel answers 500 for this account; open and save it in the panel, or restore its row',
    });
  const account = panel.accounts.find(({ uuid }) => uuid === subscription.panelUserId);
  if (!account)
    return void differences.push({
      kind: 'account-missing',
      ids,
      detail: `active until ${subscription.expiresAt.toISOString()}`,
    });
  if (isBeingTold) return;
  const wrong = wrongFields(account, subscription, rules);
  if (wrong.length > 0) differences.push({ kind: 'account-wrong', ids, detail: wrong.join('; ') });
}

function wrongFields(account: PanelUser, subscription: LedgerSubscription, rules: AuditRules): string[] {
  const { startDate, packageDays } = panelPeriod(subscription, rules.subscriptionGraceMs);
  const wrong: string[] = [];
  if (!account.enable) wrong.push('it is switched off');
  if (account.startDate !== startDate || account.packageDays !== packageDays)
    wrong.push(
      `term ${account.startDate ?? 'not begun'} + ${account.packageDays} days, should be ${startDate} + ${packageDays}`,
    );
  const { usageLimitGb: has } = account;
  const { usageLimitGb: should } = panelLimits(subscription);
  if (!sameTrafficLimit(has, should)) wrong.push(`traffic ${has ?? 'unlimited'}, should be ${should ?? 'unlimited'}`);
  return wrong;
}

/** From the side of the panels: every account of the shop has its subscription. */
export function judgeAccounts(
  database: Books['database'],
  panels: readonly PanelBook[],
  rules: AuditRules,
  differences: Difference[],
): { accounts: number; foreignAccounts: number } {
  const byAccount = new Map(database.subscriptions.map((one) => [one.panelUserId, one]));
  const leaving = new Set(
    database.openRevocations.map(({ serverCode, panelUserId }) => `${serverCode} ${panelUserId}`),
  );
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
      else if (
        account.isActive &&
        subscription.expiresAt.getTime() + rules.subscriptionGraceMs + PANEL_ENDS_WITHIN_MS < rules.now.getTime()
      )
        add('account-wrong', `it works, but the subscription ended at ${subscription.expiresAt.toISOString()}`);
    }
  }
  return { accounts, foreignAccounts };
}
