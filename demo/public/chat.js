import { ApiError, call } from './api.js';
import { startPayload } from './buyer.js';
import { composer } from './composer.js';
import { byId, focusChat, h } from './dom.js';
import { t } from './i18n.js';
import { messageList } from './messages.js';
import { copyText, showAlert, showPhoto, toast } from './notices.js';

/** Telegram shows an action for five seconds, or until the message comes. */
const ACTION_MS = 5000;
/** After this long Telegram stops the button's spinner by itself. */
const PRESS_MS = 15_000;

/**
 * The chat of one buyer with the bot.
 * @param {{ buyer: { id: string, firstName: string }, invitation: string | undefined, language: () => 'ru' | 'en', openCheckout: (url: string, opener:
 * any) => boolean }} options
 */
export function createChat({ buyer, invitation, language, openCheckout }) {
  let user = { started: false, blocked: false };
  let up = true;
  let botCutOff = false;
  let action = '';
  let actionTimer = 0;
  let botTexts;
  const pressed = new Set();
  let eventsSeen = 0;

  const list = messageList(
    {
      press,
      copy: copyText,
      command: sendText,
      follow: (url) => openAsGuest(url) || openCheckout(url, document.activeElement),
      enlarge: showPhoto,
    },
    (count) => {
      byId('jump-count').textContent = String(count);
      byId('jump-count').hidden = count === 0;
    },
  );
  const input = composer({ send: sendText, start, unblock: () => act('unblock', {}) });
  byId('jump').addEventListener('click', () => list.toEnd('smooth'));

  /** @param {string} name @param {object} body */
  async function act(name, body) {
    try {
      await call('POST', `chat/${buyer.id}/${name}`, body);
      return true;
    } catch (error) {
      toast(error instanceof ApiError ? error.message : t('offline'));
      return false;
    }
  }

  async function start() {
    const payload = invitation === undefined ? {} : { payload: invitation };
    await act('start', { firstName: buyer.firstName, languageCode: language(), ...payload });
    await reload();
    focusChat();
  }

  /** Who follows a link to the bot is somebody else: a second person, in another tab. @param {string} url */
  function openAsGuest(url) {
    const payload = startPayload(url);
    if (payload === undefined) return false;
    window.open(`/?start=${payload}`, '_blank', 'noopener');
    return true;
  }

  /** @param {string} text */
  function sendText(text) {
    return act('send', { text });
  }

  async function press(message, button, element) {
    if (button.copy_text) return copyText(button.copy_text.text);
    if (button.url) {
      if (!openAsGuest(button.url) && !openCheckout(button.url, element))
        window.open(button.url, '_blank', 'noopener,noreferrer');
      return;
    }
    if (!button.callback_data || element.classList.contains('waiting')) return;
    element.classList.add('waiting');
    element.setAttribute('aria-busy', 'true');
    const timer = setTimeout(() => {
      release();
      if (up) toast(t('botSilent'));
    }, PRESS_MS);
    pressed.add({ element, timer });
    if (!(await act('click', { messageId: message.messageId, data: button.callback_data }))) release();
  }

  /** An answer does not name its button, so it ends every spinner. Nearly always there is only one. */
  function release() {
    for (const { element, timer } of pressed) {
      clearTimeout(timer);
      element.classList.remove('waiting');
      element.removeAttribute('aria-busy');
    }
    pressed.clear();
  }

  function showStatus() {
    const words = { typing: 'typing', upload_photo: 'sendsPhoto' };
    const text =
      !up || botCutOff
        ? t('telegramAway')
        : user.blocked
          ? t('blockedByYou')
          : action
            ? t(words[action] ?? 'typing')
            : t('bot');
    const status = byId('chat-status');
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle('active', Boolean(action) && up && !botCutOff);
  }

  function setAction(next) {
    clearTimeout(actionTimer);
    action = next;
    if (next) actionTimer = setTimeout(() => setAction(''), ACTION_MS);
    showStatus();
  }

  function showState() {
    const intro = document.querySelector('.intro');
    const empty = !user.started && list.isEmpty();
    if (!empty) intro?.remove();
    else {
      const about = botTexts?.[language()].description || t('emptyText');
      const fresh = h(
        'div',
        { class: 'intro' },
        h('img', { src: 'logo.svg', alt: '', width: 72, height: 72 }),
        h('h3', {}, t('emptyTitle')),
        h('p', {}, about),
      );
      if (intro) intro.replaceWith(fresh);
      else byId('messages').append(fresh);
    }
    input.show({
      started: user.started,
      blocked: user.blocked,
      commands: botTexts?.[language()].commands ?? [],
      replyMarkup: list.replyMarkup(),
    });
    showStatus();
  }

  async function reload() {
    try {
      let chat;
      let before;
      do {
        before = eventsSeen;
        chat = await call('GET', `chat/${buyer.id}`);
        // An event that came meanwhile may not be in this copy; showing the copy would remove it from the screen.
      } while (before !== eventsSeen);
      user = chat.user;
      list.set(chat.messages);
      up = true;
    } catch {
      up = false;
    }
    showState();
  }

  async function learnBot() {
    botTexts = (await call('GET', 'info').catch(() => undefined))?.bot ?? botTexts;
    showState();
  }

  return {
    /** @param {any} event the stand-in's own, see `simulators/telegram/events.ts` */
    onEvent(event) {
      eventsSeen += 1;
      switch (event.kind) {
        case 'message':
        case 'edit':
          // The bot tells its commands when it starts, which may be after this page.
          if (!botTexts?.[language()].commands.length && event.message.from === 'bot') void learnBot();
          list.put(event.message);
          if (event.message.from === 'bot') setAction('');
          if (event.kind === 'edit') release();
          user.started = true;
          return showState();
        case 'delete':
          return list.remove(event.messageId);
        case 'callback-answer':
          release();
          if (!event.answer?.text) return undefined;
          return event.answer.showAlert ? showAlert(event.answer.text) : toast(event.answer.text);
        case 'chat-action':
          return setAction(event.action);
        case 'user':
          user.blocked = event.blocked;
          return showState();
        default:
          return void reload();
      }
    },
    /** The event stream of the stand-in came (back) or went. @param {boolean} connected */
    onLink(connected) {
      up = connected;
      showStatus();
      if (connected) void reload().then(learnBot);
    },
    redraw() {
      list.redraw();
      showState();
    },
    isStarted: () => user.started,
    isBlocked: () => user.blocked,
    /**
     * The line is cut for the bot, not for this page: the stand-in still takes what the buyer writes.
     * @param {boolean} cut
     */
    onCut(cut) {
      botCutOff = cut;
      showStatus();
    },
    /** @param {boolean} blocked */
    setBlocked: (blocked) => act(blocked ? 'block' : 'unblock', {}),
  };
}
