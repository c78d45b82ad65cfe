/** Opens a panel's links as a customer's app does, before anybody has bought there. Nothing is changed. */
import { isGatewayError } from '../gateways/errors';
import {
  openSubscription,
  openUnknownSubscription,
  type HiddifyPanel,
  type OpenLinkOptions,
} from '../gateways/hiddify';
import { panelError } from '../gateways/hiddify/errors';
import type { PanelAccess } from '../storage/postgres/catalogue';

/**
 * What was opened: a subscription of the panel; or, where the panel has no account yet, the login page that it shows
 * for the link of an unknown account. The login page does not prove that both addresses belong to the same panel.
 */
export type OpenedLink = 'subscription' | 'login-page';

/** @throws GatewayError see `openSubscription`; `isUselessLink` tells what it means */
export async function openPanelLink(
  { clientUrl }: PanelAccess,
  panel: Pick<HiddifyPanel, 'listUsers'>,
  options: OpenLinkOptions = {},
): Promise<OpenedLink> {
  // The panel may fail to list its accounts while its links work.
  const users = await panel.listUsers(options.signal).catch((error: unknown) => {
    if (isGatewayError(error)) return [];
    throw error;
  });
  const user = users.find(({ isActive }) => isActive) ?? users[0];
  if (user === undefined) {
    await openUnknownSubscription(clientUrl, options);
    return 'login-page';
  }
  const { servers } = await openSubscription(`${clientUrl}/${user.uuid}/`, options);
  if (servers === 0 && user.isActive) throw panelError('openSubscription', 'refused', 'no-servers');
  return 'subscription';
}
