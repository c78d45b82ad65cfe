import { byId, focusChat, h } from './dom.js';
import { hasText, t } from './i18n.js';
import { replyKeyboardRows } from './keyboard.js';

/** Shown until the bot has told its own list. */
const USUAL = ['start', 'buy', 'subscriptions', 'help', 'language', 'cancel'];

/**
 * The bar under the chat: Start at first, then menu, input and send.
 * @param {{ send(text: string): Promise<boolean>, start(): void, unblock(): void }} on
 */
export function composer({ send, start, unblock }) {
  const form = byId('composer');
  const input = byId('chat-input');
  const menu = byId('menu');
  const menuButton = byId('menu-button');
  let blocked = false;

  const openMenu = (open) => {
    menu.hidden = !open;
    menuButton.setAttribute('aria-expanded', String(open));
    if (open) menu.querySelector('button')?.focus();
  };

  input.addEventListener('input', () => (byId('send').disabled = input.value.trim() === ''));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === '') return;
    input.value = '';
    byId('send').disabled = true;
    // A text that could not be sent goes back into the input.
    if (!(await send(text)) && input.value === '') input.value = text;
  });
  menuButton.addEventListener('click', () => openMenu(menu.hidden));
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !menu.hidden) {
      openMenu(false);
      menuButton.focus();
    }
    if (menu.hidden || !['ArrowDown', 'ArrowUp'].includes(event.key)) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll('button')];
    const at = items.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
    items[(at + items.length) % items.length]?.focus();
  });
  document.addEventListener('click', (event) => {
    if (!menu.hidden && !form.contains(event.target)) openMenu(false);
  });
  byId('start-chat').addEventListener('click', () => (blocked ? unblock() : start()));

  return {
    /**
     * @param {{ started: boolean, blocked: boolean, commands: { command: string, description: string }[], replyMarkup:
     * any }} state
     */
    show(state) {
      blocked = state.blocked;
      const writable = state.started && !state.blocked;
      form.hidden = !writable;
      byId('start-bar').hidden = writable;
      byId('start-chat').textContent = t(state.blocked ? 'unblock' : 'start');
      const commands =
        state.commands.length > 0
          ? state.commands
          : USUAL.map((command) => ({ command, description: hasText(`cmd_${command}`) ? t(`cmd_${command}`) : '' }));
      menu.replaceChildren(
        ...commands.map(({ command, description }) =>
          h(
            'li',
            { role: 'none' },
            h(
              'button',
              {
                type: 'button',
                role: 'menuitem',
                data: { testid: `command-${command}` },
                onclick: () => {
                  openMenu(false);
                  focusChat();
                  void send(`/${command}`);
                },
              },
              h('b', {}, `/${command}`),
              h('span', {}, description),
            ),
          ),
        ),
      );
      const rows = writable ? replyKeyboardRows(state.replyMarkup) : [];
      const keyboard = byId('reply-keyboard');
      keyboard.hidden = rows.length === 0;
      keyboard.replaceChildren(
        ...rows.map((row) =>
          h(
            'div',
            { class: 'keyboard-row' },
            ...row.map((text) => h('button', { type: 'button', class: 'key', onclick: () => send(text) }, text)),
          ),
        ),
      );
    },
  };
}
