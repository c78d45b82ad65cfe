import { h, icon } from './dom.js';
import { clock } from './format.js';
import { t } from './i18n.js';
import { inlineKeyboard } from './keyboard.js';
import { sanitise } from './sanitise.js';

/**
 * @typedef {object} MessageActions
 * @property {(message: any, button: any, element: HTMLButtonElement) => void} press
 * @property {(text: string) => void} copy
 * @property {(command: string) => void} command
 * @property {(url: string) => boolean} follow true when the page has opened the link itself
 * @property {(src: string) => void} enlarge
 */

/**
 * One message of the chat.
 * @param {any} message
 * @param {MessageActions} actions
 * @returns {HTMLElement}
 */
export function messageElement(message, actions) {
  const body = message.html ?? message.captionHtml;
  const text = body === undefined ? undefined : h('div', { class: 'text', dir: 'auto' }, sanitise(body));
  if (text) enliven(text, actions);
  const key = fileKey(message.photoUrl);
  const photo = key && photoElement(`/api/files/${key}`, actions);
  const documentKey = fileKey(message.documentUrl);
  const file =
    documentKey &&
    h(
      'a',
      { class: 'file', href: `/api/files/${documentKey}`, download: message.documentName || true },
      icon('file'),
      message.documentName || t('file'),
    );
  const keyboard = inlineKeyboard(message.replyMarkup, (button, element) => actions.press(message, button, element));
  const time = h(
    'span',
    { class: 'time' },
    message.editedAt && h('span', { class: 'edited' }, t('edited')),
    h('time', { datetime: message.date }, clock(message.date)),
    message.from === 'user' && icon('check'),
  );
  return h(
    'article',
    {
      class: `message ${message.from}${keyboard ? ' with-keyboard' : ''}`,
      data: { testid: 'message', id: message.messageId, from: message.from },
    },
    h(
      'div',
      { class: `bubble${photo ? ' with-photo' : ''}` },
      h('span', { class: 'sr' }, `${t(message.from === 'bot' ? 'botSays' : 'youSay')}: `),
      photo,
      file,
      text,
      time,
    ),
    keyboard,
  );
}

/** `/_sim/files/KEY` → KEY. @param {string | undefined} url */
function fileKey(url) {
  return url === undefined ? undefined : /\/files\/([\w-]+)$/.exec(url)?.[1];
}

/** @param {string} src @param {MessageActions} actions */
function photoElement(src, actions) {
  return h(
    'button',
    { type: 'button', class: 'photo', 'aria-label': t('enlarge'), onclick: () => actions.enlarge(src) },
    h('img', { src, alt: t('photo'), loading: 'lazy' }),
  );
}

/**
 * Makes code, spoilers, commands and links do what they do in Telegram.
 * @param {HTMLElement} text
 * @param {MessageActions} actions
 */
function enliven(text, actions) {
  for (const code of text.querySelectorAll('code, pre')) {
    if (code.parentElement?.closest('pre, code')) continue;
    asButton(code, t('copy'), () => actions.copy(code.textContent ?? ''));
  }
  for (const spoiler of text.querySelectorAll('.tg-spoiler'))
    asButton(spoiler, t('spoiler'), () => spoiler.classList.add('shown'));
  for (const quote of text.querySelectorAll('blockquote.expandable'))
    quote.addEventListener('click', () => quote.classList.toggle('open'));
  for (const command of text.querySelectorAll('.tg-command'))
    asButton(command, undefined, () => actions.command(command.textContent ?? ''));
  for (const link of text.querySelectorAll('a')) {
    link.addEventListener('click', (event) => {
      if (actions.follow(link.href)) event.preventDefault();
    });
  }
}

/** @param {Element} element @param {string | undefined} title @param {() => void} act */
function asButton(element, title, act) {
  element.setAttribute('role', 'button');
  element.setAttribute('tabindex', '0');
  if (title) element.setAttribute('title', title);
  element.addEventListener('click', act);
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    act();
  });
}
