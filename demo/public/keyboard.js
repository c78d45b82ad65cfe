import { h, icon } from './dom.js';

/**
 * An inline keyboard as Telegram draws it: rows of equal buttons under the bubble.
 * @param {any} markup
 * @param {(button: any, element: HTMLButtonElement) => void} onPress
 * @returns {HTMLElement | undefined}
 */
export function inlineKeyboard(markup, onPress) {
  if (!Array.isArray(markup?.inline_keyboard) || markup.inline_keyboard.length === 0) return undefined;
  return h(
    'div',
    { class: 'keyboard' },
    ...markup.inline_keyboard.map((row) =>
      h(
        'div',
        { class: 'keyboard-row' },
        ...row.map((button) => {
          const element = h(
            'button',
            {
              type: 'button',
              class: `key ${['primary', 'success', 'danger'].includes(button.style) ? button.style : ''}`,
              disabled: Boolean(button.disabled),
              data: { testid: 'inline-button', kind: button.url ? 'url' : button.copy_text ? 'copy' : 'callback' },
            },
            h('span', { class: 'key-text' }, button.text),
            button.url && icon('out'),
            button.copy_text && icon('copy'),
          );
          element.addEventListener('click', () => onPress(button, element));
          return element;
        }),
      ),
    ),
  );
}

/**
 * The labels of a reply keyboard, row by row; empty when the chat shows none.
 * @param {any} markup
 * @returns {string[][]}
 */
export function replyKeyboardRows(markup) {
  if (!Array.isArray(markup?.keyboard)) return [];
  return markup.keyboard.map((row) => row.map((button) => (typeof button === 'string' ? button : button.text)));
}
