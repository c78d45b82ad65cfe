/** Looks at a panel's links as a customer's app does, before anybody has bought there. Nothing is changed. */
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
 * What was opened: a subscription of the panel; or, on a panel that shows no account yet, the login page that a link of
 * nobody's leads to. The second does not prove that both addresses are of one panel.
 */
export type OpenedLink = 'subscription' | 'login-page';

/** @throws GatewayError see `openSubscription`; `isUselessLink` tells what it means */
export async function openPanelLink(
  { clientUrl }: PanelAccess,
  panel: Pick<HiddifyPanel, 'listUsers'>,
  options: OpenLinkOptions = {},
): Promise<OpenedLink> {
  // The panel's list may be out of order while its links work.
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
