/** For admins: the panels of the shop, and the decision that one is gone for good. */
import type { Language } from '../../domain/language';
import { formatSums } from '../../domain/money';
import type { PanelStanding } from '../../storage/postgres/panelStandings';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton, pageButtons, pageOf } from './buttons';
import type { Screen } from './screen';
import { moment } from './wording';

const PER_PAGE = 8;

const stateOf = ({ goneAt, active, isStopped }: PanelStanding): string => {
  if (goneAt !== null) return 'gone';
  return active && !isStopped ? 'sold' : 'retired';
};

export function panelsScreen(panels: readonly PanelStanding[], page: number, language: Language): Screen {
  const shown = pageOf(panels, page, PER_PAGE);
  return {
    text: t(language, panels.length === 0 ? 'panels-none' : 'panels'),
    keyboard: keyboard(
      ...shown.items.map((panel) => [
        button(plain(language, 'panel-label', { server: panel.code, state: stateOf(panel) }), {
          do: 'panel',
          server: panel.code,
        }),
      ]),
      pageButtons(language, shown, (to) => ({ do: 'panels', page: to })),
      [menuButton(language)],
    ),
  };
}

const decisionOf = ({ goneAt }: PanelStanding) => (goneAt === null ? 'gone' : 'back');

export function panelScreen(panel: PanelStanding, timeZone: string, language: Language): Screen {
  const decision = decisionOf(panel);
  return {
    text: t(language, 'panel', {
      server: panel.code,
      name: panel.name,
      state: stateOf(panel),
      since: panel.goneAt === null ? '' : moment(panel.goneAt, language, timeZone),
      living: panel.living,
      deliveries: panel.deliveries,
      freeGrants: panel.freeGrants,
      amount: formatSums(panel.paid, language),
      revocations: panel.revocations,
      abandoned: panel.abandoned,
    }),
    keyboard: keyboard(
      [button(plain(language, 'panel-do', { decision }), { do: 'panel-ask', server: panel.code })],
      [button(plain(language, 'button-back'), { do: 'panels', page: 0 }), menuButton(language)],
    ),
  };
}

/** Asks before it is said: what it means for those who are on the panel. */
export function panelSureScreen(panel: PanelStanding, language: Language): Screen {
  const decision = decisionOf(panel);
  const { code: server, living, deliveries, freeGrants, revocations, abandoned } = panel;
  return {
    text: t(language, 'panel-sure', { server, decision, living, deliveries, freeGrants, revocations, abandoned }),
    keyboard: keyboard(
      [button(plain(language, 'button-not-now'), { do: 'panel', server })],
      [button(plain(language, 'panel-yes', { decision }), { do: 'panel-sure', server, decision })],
    ),
  };
}
