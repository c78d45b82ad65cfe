import { createHash } from 'node:crypto';
import type { Logger } from '../config/logger';
import { utcDay } from '../domain/duration';
import { isGatewayError } from '../gateways/errors';
import { isUselessLink } from '../gateways/hiddify';
import { linkNoticeScreen } from '../messages/screens/linkNotice';
import type { PanelAccess } from '../storage/postgres/catalogue';
import { openPanelLink } from '../support/panelLink';
import type { WorkerDependencies } from './dependencies';

/**
 * Opens a link of every server that is sold, as a customer's app does, and tells the owner of those that can't be used:
 * before somebody has paid for one. Changes nothing on the panels, and never fails: a panel that is away is found out
 * about elsewhere.
 */
export async function checkLinks(
  {
    catalogue,
    panelOf,
    tellOwners,
    observe,
    now,
  }: Pick<WorkerDependencies, 'catalogue' | 'panelOf' | 'tellOwners' | 'observe' | 'now'>,
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
): Promise<void> {
  const checkOne = async (access: PanelAccess): Promise<void> => {
    const { serverCode } = access;
    try {
      const opened = await openPanelLink(access, panelOf(access), { observe });
      if (opened === 'subscription') await catalogue.recordLinkCheck(access, true);
      logger.info({ serverCode, opened }, 'a customer’s link was opened');
    } catch (error) {
      if (!isGatewayError(error) || !isUselessLink(error)) throw error;
      logger.error({ serverCode, reason: error.message }, 'the keys of this server can’t be used');
      await catalogue.recordLinkCheck(access, false);
      await tellOwnersOfLink({ tellOwners, now }, access, error.code);
    }
  };
  try {
    const panels = await catalogue.activePanels();
    for (const result of await Promise.allSettled(panels.map(checkOne)))
      if (result.status === 'rejected')
        logger.warn({ reason: (result.reason as Error).message }, 'the link of a server could not be checked');
  } catch (error) {
    logger.warn({ reason: (error as Error).message }, 'the links of the servers could not be checked');
  }
}

/**
 * Tells the owners that keys of a server can't be used, once a day for its addresses: what works again may break again.
 * @param code of the gateway's error
 */
async function tellOwnersOfLink(
  { tellOwners, now }: Pick<WorkerDependencies, 'tellOwners' | 'now'>,
  { serverCode, adminUrl, clientUrl }: PanelAccess,
  code: string | undefined,
): Promise<void> {
  const addresses = createHash('sha256').update(`${adminUrl} ${clientUrl}`).digest('hex').slice(0, 12);
  await tellOwners('attention', `link:${serverCode}:${addresses}:${utcDay(now())}`, (language) =>
    linkNoticeScreen({ serverCode, code }, language),
  );
}
