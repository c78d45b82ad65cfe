import { byId, h, refill } from './dom.js';
import { dayAfter, gigabytes } from './format.js';
import { t } from './i18n.js';

/** @param {any} user */
function trafficElement(user) {
  const { usedGb, limitGb } = user;
  // Hiddify has no "unlimited": a huge number stands for it.
  if (limitGb === null || limitGb >= 1_000_000) return h('small', {}, t('trafficEndless', { used: gigabytes(usedGb) }));
  const used = h('i');
  used.style.width = `${limitGb > 0 ? Math.min(100, (usedGb / limitGb) * 100) : 0}%`;
  return h(
    'span',
    {},
    h('span', { class: 'bar', 'aria-hidden': 'true' }, used),
    h('small', {}, t('traffic', { used: gigabytes(usedGb), limit: gigabytes(limitGb) })),
  );
}

/** @param {any} user @param {string} buyerId */
function rowElement(user, buyerId) {
  const mine = String(user.telegramId) === buyerId;
  return h(
    'tr',
    { data: { testid: 'panel-user', ...(mine && { mine: '' }) } },
    h(
      'th',
      { scope: 'row' },
      h('span', { class: 'name' }, user.name),
      mine && h('span', { class: 'chip mine' }, t('yours')),
    ),
    h('td', {}, h('span', { class: `chip ${user.active ? 'good' : 'plain'}` }, t(user.active ? 'active' : 'inactive'))),
    h(
      'td',
      {},
      user.remainingDays === null || user.remainingDays >= 9000
        ? t('endless')
        : t('until', { date: dayAfter(user.remainingDays) }),
    ),
    h('td', {}, trafficElement(user)),
  );
}

/** @param {any} panel @param {boolean} down @param {string} buyerId */
function panelElement(panel, down, buyerId) {
  const state = !panel.reachable ? 'panelAway' : down ? 'panelDown' : 'panelUp';
  return h(
    'section',
    { class: 'panel', data: { testid: `panel-${panel.name}` } },
    h(
      'div',
      { class: 'panel-head' },
      h('h3', {}, panel.name),
      h('span', { class: `lamp ${state === 'panelUp' ? 'up' : 'down'}` }, t(state)),
      panel.reachable && panel.total > 0 && h('span', { class: 'number' }, t('users', { n: panel.total })),
    ),
    panel.users.length > 0
      ? h(
          'table',
          {},
          h(
            'thead',
            { class: 'sr' },
            h(
              'tr',
              {},
              ...['colUser', 'colState', 'colUntil', 'colTraffic'].map((name) => h('th', { scope: 'col' }, t(name))),
            ),
          ),
          h('tbody', {}, ...panel.users.map((user) => rowElement(user, buyerId))),
        )
      : panel.reachable && h('p', { class: 'hint' }, t('noUsers')),
    panel.total > panel.users.length &&
      h('p', { class: 'hint' }, t('moreUsers', { n: panel.total - panel.users.length })),
  );
}

/** @param {any} overview @param {string} buyerId */
export function showPanels(overview, buyerId) {
  const down = new Set(
    overview.faults.filter((fault) => fault.kind === 'panel-down' && fault.on).map((fault) => fault.subject),
  );
  refill(byId('panels'), ...overview.panels.map((panel) => panelElement(panel, down.has(panel.name), buyerId)));
}
