import { cancellationSignal } from '@temporalio/activity';
import type { Settings } from '../config/settings';
import { isGatewayError } from '../gateways/errors';
import type { HiddifyPanel } from '../gateways/hiddify';
import type {
  AccessRevocation,
  AccessRevocationsRepository,
  AccountOnPanel,
} from '../storage/postgres/accessRevocations';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';
import type { PanelDeactivationsRepository } from '../storage/postgres/panelDeactivations';
import type { SubscriptionsRepository, SubscriptionView } from '../storage/postgres/subscriptions';
import { checkAbsence } from './absence';
import { accessUnlessGone } from './accessUnlessGone';
import type { TellOwners } from './ownerNotice';
import { panelStateOf } from './panelState';

/** The panel behind an address; one client per panel, kept, because it serialises its writes. */
export type PanelOf = (access: PanelAccess) => HiddifyPanel;

export interface RevocationDeps {
  readonly catalogue: CatalogueRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly accessRevocations: AccessRevocationsRepository;
  readonly panelDeactivations: Pick<PanelDeactivationsRepository, 'begin' | 'confirm'>;
  readonly settings: Pick<Settings, 'SUBSCRIPTION_GRACE'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

export interface AccessRevocationDeps extends RevocationDeps {
  readonly panelOf: PanelOf;
}

/** Tells the panels of a payment's revocations what is left of each account. */
export async function revokeAccessOf(deps: AccessRevocationDeps, paymentId: string): Promise<void> {
  const failures: unknown[] = [];
  for (const revocation of await deps.accessRevocations.unconfirmedOf(paymentId))
    await carryOutRevocation(deps, deps.panelOf, revocation).catch((error: unknown) => failures.push(error));
  // A panel that is away does not keep the others from being told.
  if (failures.length > 0) throw failures[0];
}

/**
 * Tells the panel of one revocation what is left of the account. Where the panel is gone for good, the revocation ends
 * without that.
 * @throws GatewayError when the panel is away
 */
export async function carryOutRevocation(
  deps: RevocationDeps,
  panelOf: PanelOf,
  revocation: AccessRevocation,
): Promise<void> {
  const access = await accessUnlessGone(deps.catalogue, revocation.serverCode);
  if (access === undefined) return deps.accessRevocations.abandoned(revocation);
  const { removedBy } = await tellWhatIsLeft(deps, panelOf(access), revocation);
  if (removedBy !== undefined) await deps.accessRevocations.removedBy(revocation, removedBy);
  await deps.accessRevocations.confirmed(revocation);
}

/**
 * Tells a panel what the database says of an account: what is left of it, that it is over, or that it is not there.
 * @returns `removedBy`: the administrator for whom the panel has shown and removed the account
 */
export async function tellWhatIsLeft(
  deps: Omit<RevocationDeps, 'accessRevocations' | 'catalogue'>,
  panel: HiddifyPanel,
  account: AccountOnPanel & Pick<AccessRevocation, 'panelAdmin'>,
): Promise<{ removedBy?: string }> {
  const { subscriptions, panelDeactivations } = deps;
  const { serverCode, panelUserId } = account;
  const living = await subscriptions.byPanelUser(serverCode, panelUserId);
  if (!living) {
    if ((await panel.removeUser(panelUserId)) === 'removed') return { removedBy: panel.admin };
    await checkAbsence(deps, panel, account, cancellationSignal());
  } else if (living.status === 'expired')
    await switchOff(panel, panelDeactivations, living, () => checkAbsence(deps, panel, account, cancellationSignal()));
  else {
    // A part was revoked, or a renewal: the account stays, with what is left of it.
    await panel.ensureUser(panelStateOf(living, deps.settings.SUBSCRIPTION_GRACE));
    await subscriptions.confirmedByPanel(living.id, living.expiresAt);
  }
  return {};
}

/**
 * Nothing is left of the access: the account is switched off, as at any other end of a subscription. A renewal that is
 * recorded meanwhile tells the panel itself, or `begin` finds it and nothing is switched off.
 */
async function switchOff(
  panel: HiddifyPanel,
  panelDeactivations: Pick<PanelDeactivationsRepository, 'begin' | 'confirm'>,
  living: SubscriptionView,
  checkAbsence: () => Promise<void>,
): Promise<void> {
  const account = { subscriptionId: living.id, expiresAt: living.expiresAt };
  if (!(await panelDeactivations.begin(account))) return;
  await panel.setEnabled(living.panelUserId, false).catch((error: unknown) => {
    // An account that is not there can let nobody in.
    if (!isGatewayError(error) || error.code !== 'not-found') throw error;
    return checkAbsence();
  });
  await panelDeactivations.confirm(account);
}
