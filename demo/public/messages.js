import { byId, h } from './dom.js';
import { dayName } from './format.js';
import { messageElement } from './message.js';

/** How near to its end a chat counts as read to its end. */
const NEAR_END_PX = 80;

/**
 * The scrolling list. Messages are kept by id; an edited one is drawn anew in its place.
 * @param {import('./message.js').MessageActions} actions
 * @param {(unread: number) => void} onUnread told when messages arrive below what can be seen
 */
export function messageList(actions, onUnread) {
  const list = byId('messages');
  /** @type {Map<number, { message: any, element: HTMLElement }>} */
  let shown = new Map();
  let atEnd = true;
  let unread = 0;

  const setUnread = (count) => {
    unread = count;
    onUnread(count);
  };
  const toEnd = (behavior = 'auto') => {
    list.scrollTo({ top: list.scrollHeight, behavior });
    atEnd = true;
    setUnread(0);
  };
  list.addEventListener('scroll', () => {
    atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    if (atEnd && unread > 0) setUnread(0);
    byId('jump').hidden = atEnd;
  });
  // Photos and keyboards grow a message after it was drawn, and a phone's keyboard shrinks the list.
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  list.addEventListener('load', () => atEnd && toEnd(), true);

  /** Day dividers belong to the messages around them, so they are set anew after every change. */
  const divide = () => {
    for (const divider of list.querySelectorAll('.day')) divider.remove();
    let last = '';
    for (const { message, element } of shown.values()) {
      const day = dayName(message.date);
      if (day !== last) element.before(h('p', { class: 'day' }, day));
      last = day;
    }
  };

  /** @param {HTMLElement} old @param {HTMLElement} fresh @param {boolean} flash */
  const replace = (old, fresh, flash) => {
    const buttons = [...old.querySelectorAll('button')];
    const focused = buttons.indexOf(/** @type {any} */ (document.activeElement));
    old.replaceWith(fresh);
    if (flash) fresh.classList.add('flash');
    // Keeps the keyboard focus in the message that was just replaced.
    if (focused >= 0)
      (fresh.querySelectorAll('button')[focused] ?? fresh.querySelector('button') ?? list).focus({
        preventScroll: true,
      });
  };

  const put = (message, live) => {
    const known = shown.get(message.messageId);
    if (known && JSON.stringify(known.message) === JSON.stringify(message)) return;
    if (known && (known.message.seq ?? 0) > (message.seq ?? Infinity)) return;
    const element = messageElement(message, actions);
    if (known) replace(known.element, element, live);
    else {
      list.append(element);
      if (live) element.classList.add('arrives');
    }
    shown.set(message.messageId, { message, element });
    if (!known && live && message.from === 'bot' && !atEnd) setUnread(unread + 1);
  };

  return {
    /** Shows exactly these messages. @param {any[]} messages */
    set(messages) {
      const ids = new Set(messages.map((message) => message.messageId));
      for (const [id, { element }] of shown) {
        if (ids.has(id)) continue;
        element.remove();
        shown.delete(id);
      }
      for (const message of messages) put(message, false);
      divide();
      if (atEnd) toEnd();
    },
    /** @param {any} message new or edited */
    put(message) {
      const mine = message.from === 'user';
      put(message, true);
      divide();
      if (mine || atEnd) toEnd();
      else byId('jump').hidden = false;
    },
    /** @param {number} id */
    remove(id) {
      shown.get(id)?.element.remove();
      shown.delete(id);
      divide();
    },
    /** Draws everything anew, for another language. */
    redraw() {
      const messages = [...shown.values()].map(({ message }) => message);
      shown = new Map();
      list.replaceChildren();
      for (const message of messages) put(message, false);
      divide();
      toEnd();
    },
    toEnd,
    /** The newest message with a keyboard under the input, if that is what the chat shows now. */
    replyMarkup: () =>
      [...shown.values()]
        .map(({ message }) => message.replyMarkup)
        .findLast((markup) => markup && (markup.keyboard || markup.remove_keyboard)),
    isEmpty: () => shown.size === 0,
    /** Whether the newest message is the buyer's: the bot has not answered yet. */
    awaitsBot: () => [...shown.values()].at(-1)?.message.from === 'user',
  };
}
