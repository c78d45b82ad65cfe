import { byId, h } from './dom.js';
import { t } from './i18n.js';

const TOAST_MS = 3500;

/** A short message over the chat, as Telegram shows an answer without an alert. @param {string} text */
export function toast(text) {
  const element = h('p', { class: 'toast' }, text);
  byId('toasts').replaceChildren(element);
  setTimeout(() => element.remove(), Math.max(TOAST_MS, text.length * 60));
}

/** @param {string} text */
export function showAlert(text) {
  byId('alert-text').textContent = text;
  if (!byId('alert').open) byId('alert').showModal();
}

/** @param {string} src */
export function showPhoto(src) {
  byId('lightbox-image').src = src;
  byId('lightbox-image').alt = t('photo');
  byId('lightbox').showModal();
}

/** Closes the picture on a click anywhere, as people expect. */
export function enableNotices() {
  byId('lightbox').addEventListener('click', () => byId('lightbox').close());
}

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('copied'));
  } catch {
    toast(copyTheOldWay(text) ? t('copied') : t('notCopied'));
  }
}

/** The clipboard may be refused to a page; a selected text may still be copied. @param {string} text */
function copyTheOldWay(text) {
  const area = h('textarea', { class: 'sr', 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}
