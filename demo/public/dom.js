/**
 * A DOM element. Text is always text: nothing here parses HTML.
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `class`, `on…` listeners, `data` and booleans are understood;
 * undefined is left out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Replaces what is inside, and leaves the focus on the element that stands where the focused one stood.
 * @param {HTMLElement} parent @param {...(Node | string)} children
 */
export function refill(parent, ...children) {
  const links = 'a, button';
  const focused = [...parent.querySelectorAll(links)].indexOf(/** @type {any} */ (document.activeElement));
  parent.replaceChildren(...children.filter((child) => child !== undefined && child !== false));
  if (focused >= 0) parent.querySelectorAll(links)[focused]?.focus({ preventScroll: true });
}

/** @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/** Whether the page shows one section at a time (the same width as in base.css). */
export const phoneSized = matchMedia('(max-width: 759px)');

/** Puts the cursor where the next thing is written; where that would raise a screen keyboard, only the reader moves. */
export function focusChat() {
  const touch = matchMedia('(pointer: coarse)').matches;
  byId(touch || byId('composer').hidden ? 'messages' : 'chat-input').focus({ preventScroll: true });
}

/** Icons are paths on a 24×24 grid, drawn with the text's colour. */
const ICONS = {
  send: 'M3.4 20.4 21 12 3.4 3.6 3.4 10 14 12 3.4 14z',
  menu: 'M4 7h16M4 12h16M4 17h16',
  down: 'M6 9.5l6 6 6-6',
  close: 'M6 6l12 12M18 6 6 18',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z',
  out: 'M14 5h5v5M19 5l-8 8M11 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-5',
  copy: 'M9 9h10v11H9zM5 15V5a1 1 0 0 1 1-1h9',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
  chat: 'M4 5h16v11H10l-4.5 4V16H4z',
  panel: 'M4 5h16v6H4zM4 14h16v5H4zM7.5 8h.01M7.5 16.5h.01',
  bolt: 'M13 3 5 14h6l-1 7 8-11h-6z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  back: 'M4 12a8 8 0 1 0 2.5-5.8M4 4v5h5',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
};
const FILLED = new Set(['send']);

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', FILLED.has(name) ? 'icon filled' : 'icon');
  const path = document.createElementNS(NS, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}
