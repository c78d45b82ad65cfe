import { call } from './api.js';
import { byId, h, icon } from './dom.js';
import { t } from './i18n.js';
import { toast } from './notices.js';

const KILLS = [
  { name: 'worker', label: 'killWorker', why: 'whyWorker' },
  { name: 'bot', label: 'killBot', why: 'whyBot' },
];

/**
 * The switches for faults. Elements are made once and then only changed: an element that is replaced while it is
 * pressed or has the focus would lose the press.
 * @param {{ chat: { isStarted(): boolean, isBlocked(): boolean, setBlocked(blocked: boolean): Promise<boolean> } }}
 * options
 */
export function createBreaking({ chat }) {
  const root = byId('break');
  let view;
  let drawn = '';
  /** @type {(() => void)[]} */
  let refreshers = [];

  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      toast(error.message);
    }
  };

  /**
   * @param {{ id: string, label: string, why: string, read: () => boolean | null, flip: (on: boolean) =>
   * Promise<unknown>, away: string }} options
   */
  function toggle({ id, label, why, read, flip, away }) {
    const input = h('input', {
      type: 'checkbox',
      role: 'switch',
      id: `break-${id}`,
      'aria-describedby': `why-${id}`,
      data: { testid: `break-${id}` },
    });
    const note = h('p', { class: 'why', id: `why-${id}` }, why);
    const row = h('div', { class: 'toggle' }, h('label', { for: `break-${id}` }, h('span', {}, label), input), note);
    input.addEventListener('change', () => attempt(() => flip(input.checked)).then(refresh));
    const refresh = () => {
      const on = read();
      input.checked = on === true;
      input.disabled = on === null;
      row.classList.toggle('on', on === true);
      note.textContent = on === null ? away : why;
    };
    refreshers.push(refresh);
    return row;
  }

  function kill({ name, label, why }) {
    const lamp = h('span', { class: 'lamp' });
    const button = h(
      'button',
      { type: 'button', class: 'danger', data: { testid: `kill-${name}` }, 'aria-describedby': `why-kill-${name}` },
      icon('bolt'),
      t(label),
    );
    const note = h('p', { class: 'why', id: `why-kill-${name}` });
    button.addEventListener('click', () => attempt(() => call('POST', `processes/${name}/kill`, {})));
    refreshers.push(() => {
      const { connected, list } = view.processes;
      const state = list.find((process) => process.name === name);
      lamp.className = `lamp ${state?.state === 'running' ? 'up' : state ? 'down' : ''}`;
      const text = t(!state ? 'unknownState' : state.state === 'running' ? 'up' : 'down');
      // The green light already shows that it runs, so the visible text is the pid; the words are for screen readers.
      lamp.replaceChildren(...(state?.pid ? [h('span', { class: 'sr' }, text), t('pid', { pid: state.pid })] : [text]));
      lamp.dataset.testid = `process-${name}`;
      lamp.dataset.state = state?.state ?? 'unknown';
      button.disabled = !connected || state?.state === 'down';
      note.textContent = connected ? t(why) : t('cannotKill');
    });
    return h('div', { class: 'kill' }, h('div', { class: 'kill-head' }, button, lamp), note);
  }

  function others() {
    const list = h('p', { class: 'others' });
    refreshers.push(() => {
      const rest = view.processes.list.filter((process) => !['worker', 'bot', 'demo'].includes(process.name));
      list.replaceChildren(
        ...rest.map((process) =>
          h('span', { class: `lamp ${process.state === 'running' ? 'up' : 'down'}` }, process.name),
        ),
      );
      list.hidden = rest.length === 0;
    });
    return h('div', {}, list);
  }

  function draw() {
    refreshers = [];
    const group = (title, ...rows) => h('section', { class: 'group' }, h('h3', {}, title), ...rows);
    const heal = h(
      'button',
      { type: 'button', class: 'quiet heal', data: { testid: 'heal' } },
      icon('back'),
      t('heal'),
    );
    heal.addEventListener('click', () =>
      attempt(async () => {
        if (chat.isBlocked()) await chat.setBlocked(false);
        await Promise.all(
          view.faults
            .filter((fault) => fault.on)
            .map((fault) => call('PUT', `faults/${encodeURIComponent(fault.id)}`, { on: false })),
        );
      }),
    );
    refreshers.push(() => (heal.hidden = countOn() === 0));
    root.replaceChildren(
      group(t('inside'), ...KILLS.map(kill), others()),
      group(
        t('outside'),
        ...view.faults.map(({ id, kind, subject }) =>
          toggle({
            id,
            label: t(`fault_${kind}`, { subject }),
            why: t(`why_${kind}`),
            away: t('notKnown'),
            read: () => view.faults.find((fault) => fault.id === id)?.on ?? null,
            flip: (on) => call('PUT', `faults/${encodeURIComponent(id)}`, { on }),
          }),
        ),
      ),
      group(
        t('buyerGroup'),
        toggle({
          id: 'bot-blocked',
          label: t('fault_bot-blocked'),
          why: t('why_bot-blocked'),
          away: t('startFirst'),
          read: () => (chat.isStarted() || chat.isBlocked() ? chat.isBlocked() : null),
          flip: (on) => chat.setBlocked(on),
        }),
      ),
      heal,
    );
  }

  function countOn() {
    return view.faults.filter((fault) => fault.on).length + (chat.isBlocked() ? 1 : 0);
  }

  function refresh() {
    if (!view) return;
    for (const one of refreshers) one();
    const count = countOn();
    const chip = byId('break-count');
    const text = count === 0 ? t('allWell') : t('faultsOn', { n: count });
    if (chip.textContent !== text) chip.textContent = text;
    chip.className = `chip ${count === 0 ? 'good' : 'bad'}`;
    byId('break-dot').hidden = count === 0;
  }

  return {
    /** @param {any} overview */
    show(overview) {
      view = overview;
      const shape = view.faults.map((fault) => fault.id).join(' ');
      if (shape !== drawn) draw();
      drawn = shape;
      refresh();
    },
    refresh,
    redraw() {
      if (!view) return;
      draw();
      refresh();
    },
  };
}
