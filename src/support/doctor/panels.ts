/** The checks of the panels. */
import { utcDay } from '../../domain/duration';
import { isGatewayError } from '../../gateways/errors';
import { isUselessLink, type HiddifyPanel } from '../../gateways/hiddify';
import type { PanelAccess } from '../../storage/postgres/catalogue';
import type { PanelStanding } from '../../storage/postgres/panelStandings';
import { openPanelLink } from '../panelLink';
import type { ComparedClock } from './clock';
import { examine, type Check, type Finding } from './findings';

export function examinePanel(
  access: PanelAccess,
  panel: Pick<HiddifyPanel, 'info' | 'ping' | 'listUsers'>,
  clock?: Pick<ComparedClock, 'findings'>,
): Promise<Finding[]> {
  return examine(
    `Panel ${access.serverCode}`,
    'check its addresses and key in the catalogue file, and that this machine reaches it; `npm run catalog -- apply FILE` stores them.',
    async () => {
      const { version } = await panel.info();
      await panel.ping();
      return [
        { verdict: 'good', what: `Hiddify ${version}, the key is right` },
        await examineLink(access, panel),
        ...(clock?.findings('the panel’s') ?? []),
      ];
    },
  );
}

/** Panels that an operator has said are gone for good: nothing is asked of them, and this is what is left. */
export function examineGonePanels(standings: readonly PanelStanding[]): Finding[] {
  return standings
    .filter(({ goneAt }) => goneAt !== null)
    .map(({ code, goneAt, living, abandoned }) => ({
      part: `Panel ${code}`,
      verdict: living > 0 ? 'warning' : 'good',
      what:
        `gone for good since ${utcDay(goneAt!)}: ${living} living subscriptions have no access, ` +
        `${abandoned} accounts are not known to be removed`,
      ...(living > 0
        ? {
            next: `refund what is left of them (\`npm run audit\` names their payments), or \`npm run catalog -- back ${code}\` if the panel is there.`,
          }
        : {}),
    }));
}

/** Opens a customer's link, as their app does. */
async function examineLink(access: PanelAccess, panel: Pick<HiddifyPanel, 'listUsers'>): Promise<Check> {
  try {
    return (await openPanelLink(access, panel)) === 'subscription'
      ? { verdict: 'good', what: 'a customer’s link opens their subscription' }
      : {
          verdict: 'good',
          what: 'the client address leads to a panel; it has no account yet whose link could be opened',
        };
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    if (isUselessLink(error))
      return {
        verdict: 'bad',
        what: error.message,
        next: 'correct clientUrl in the catalogue: it is what stands before the uuid in the link of any user of the panel.',
      };
    return {
      verdict: 'warning',
      what: `a customer’s link could not be opened from here: ${error.message}`,
      next: 'open the link of any user of the panel in an app, from another network.',
    };
  }
}
