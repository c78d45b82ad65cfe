import { log } from '@temporalio/activity';
import { checkAbsence } from '../../activities/absence';
import type { TellOwners } from '../../activities/ownerNotice';
import { panelStateOf } from '../../activities/panelState';
import type { Settings } from '../../config/settings';
import { isGatewayError } from '../../gateways/errors';
import { isAboutOneAccount, type HiddifyPanel } from '../../gateways/hiddify';
import type { CatalogueRepository, PanelAccess } from '../../storage/postgres/catalogue';
import type { AccountToDeactivate, PanelDeactivationsRepository } from '../../storage/postgres/panelDeactivations';
import type { SubscriptionsRepository } from '../../storage/postgres/subscriptions';
import type { PanelDeactivations } from './contract';

export interface DeactivationDependencies {
  readonly panelDeactivations: PanelDeactivationsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly catalogue: Pick<CatalogueRepository, 'panelAccess'>;
  readonly bulkPanelOf: (access: PanelAccess) => HiddifyPanel;
  readonly settings: Pick<Settings, 'SUBSCRIPTION_GRACE'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

const BATCH = 500;

/**
 * Tells one panel about every end it has not confirmed.
 *
 * @param from what earlier attempts have done; `save` is told of each account more
 * @returns what this and the earlier attempts have done
 * @throws GatewayError when the panel is away
 */
export async function deactivateOnPanel(
  dependencies: DeactivationDependencies,
  serverCode: string,
  from: PanelDeactivations,
  save: (sum: PanelDeactivations) => void,
  signal: AbortSignal,
): Promise<PanelDeactivations> {
  const { panelDeactivations, catalogue, bulkPanelOf } = dependencies;
  const panel = bulkPanelOf(await catalogue.panelAccess(serverCode));
  let sum = from;
  const count = (what: keyof PanelDeactivations) => {
    sum = { ...sum, [what]: sum[what] + 1 };
    save(sum);
  };

  for (const id of await panelDeactivations.toReactivate(serverCode, BATCH)) {
    signal.throwIfAborted();
    await unlessRefused(id, async () => {
      if (await reactivate(dependencies, panel, id, signal)) count('reactivated');
    });
  }
  // What the panel has confirmed leaves the list; the position only steps over what was renewed meanwhile.
  for (let after: string | null = null; ;) {
    const accounts: AccountToDeactivate[] = await panelDeactivations.toDeactivate(serverCode, after, BATCH);
    for (const account of accounts) {
      signal.throwIfAborted();
      after = account.subscriptionId;
      if (!(await panelDeactivations.begin(account))) continue;
      await unlessRefused(account.subscriptionId, async () => {
        await deactivate(dependencies, panel, { ...account, serverCode }, signal);
        if (await panelDeactivations.confirm(account)) count('deactivated');
        // Renewed while the panel was being told: whichever of the two calls reached it last, it is told the present
        // state.
        else if (await reactivate(dependencies, panel, account.subscriptionId, signal)) count('reactivated');
      });
    }
    if (accounts.length < BATCH) return sum;
  }
}

/** An account that the panel does not take stays for the next run; the others are told all the same. */
async function unlessRefused(subscriptionId: string, tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    if (!isAboutOneAccount(error)) throw error;
    log.warn('the panel refused an account', { subscriptionId, error: String(error) });
  }
}

/** An account that is not on the panel is as good as deactivated. @throws GatewayError `hidden`: it may be there */
async function deactivate(
  dependencies: Pick<DeactivationDependencies, 'tellOwners' | 'now'>,
  panel: HiddifyPanel,
  account: AccountToDeactivate & { readonly serverCode: string },
  signal: AbortSignal,
): Promise<void> {
  const { panelUserId, subscriptionId } = account;
  try {
    await panel.setEnabled(panelUserId, false, signal);
  } catch (error) {
    if (!isGatewayError(error) || error.code !== 'not-found') throw error;
    await checkAbsence(dependencies, panel, account, signal);
    log.info('the account of an ended subscription is not on its panel', { subscriptionId });
  }
}

/** Tells the panel the state of a renewed subscription. @returns whether it was renewed */
async function reactivate(
  { subscriptions, panelDeactivations, settings }: DeactivationDependencies,
  panel: HiddifyPanel,
  subscriptionId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const subscription = await subscriptions.byId(subscriptionId);
  if (!subscription || (subscription.status !== 'active' && subscription.status !== 'pending')) return false;
  await panel.ensureUser(panelStateOf(subscription, settings.SUBSCRIPTION_GRACE), signal);
  await panelDeactivations.confirmReactivation(subscriptionId, subscription.expiresAt);
  return true;
}
