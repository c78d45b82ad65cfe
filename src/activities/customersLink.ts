import { cancellationSignal, log } from '@temporalio/activity';
import { isGatewayError } from '../gateways/errors';
import { isUselessLink, openSubscription } from '../gateways/hiddify';
import { panelError } from '../gateways/hiddify/errors';
import type { HttpObserver } from '../gateways/http';
import type { CatalogueRepository, PanelAccess } from '../storage/postgres/catalogue';

/** Short enough for a delivery on the fast path, which has three seconds in all. */
const TIMEOUT_MS = 1_500;

export interface CustomersLinkDeps {
  readonly catalogue: Pick<CatalogueRepository, 'recordLinkCheck'>;
  readonly observe?: HttpObserver | undefined;
}

/**
 * Opens the first key that is delivered to a server, before it is called delivered: an account may be on the panel
 * while the address in front of its link leads elsewhere. What works once is not looked at again until an address
 * changes.
 *
 * A link that can't be reached from this machine is no proof against it: it counts as delivered, and the next delivery
 * looks again.
 * @throws GatewayError when no customer's app could use the link
 */
export async function openFirstLink(deps: CustomersLinkDeps, access: PanelAccess, link: string): Promise<void> {
  if (access.isLinkChecked) return;
  const { serverCode } = access;
  try {
    const options = { timeoutMs: TIMEOUT_MS, signal: cancellationSignal(), observe: deps.observe };
    const { servers } = await openSubscription(link, options);
    if (servers === 0) throw panelError('openSubscription', 'refused', 'no-servers');
    await deps.catalogue.recordLinkCheck(access, true);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    if (!isUselessLink(error)) {
      log.warn('the link of a delivered key could not be opened from here', { serverCode, error: error.message });
      return;
    }
    throw error;
  }
}
