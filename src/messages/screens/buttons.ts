import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types';
import type { Language } from '../../domain/language';
import { encodeAction, type Action } from '../callbackData';
import { escapeHtml, plain, tame } from '../locales/index';

/** In characters; small phones cut longer labels. */
const MAX_LABEL = 40;
/** Telegram's limit for a copy button (Bot API reference, CopyTextButton). */
const MAX_COPY = 256;

export type Button = InlineKeyboardButton;

/** A button that asks the bot for something. */
export function button(label: string, action: Action): Button {
  return { text: tame(label, MAX_LABEL), callback_data: encodeAction(action) };
}

/** In characters; Telegram takes no longer address in a button. */
const MAX_ADDRESS = 2048;

/**
 * A button that opens an address; `undefined` for an address that Telegram refuses, because it would refuse the whole
 * message. Where people need the address it stands in the text then (`addressLines`).
 */
export function linkButton(label: string, url: string | null | undefined): Button | undefined {
  return typeof url === 'string' && isButtonAddress(url) ? { text: tame(label, MAX_LABEL), url } : undefined;
}

/** A button that lets somebody send a link to whom they choose (Telegram docs, share links). */
export function shareButton(label: string, link: string, words: string): Button | undefined {
  const [url, text] = [encodeURIComponent(link), encodeURIComponent(words)];
  return linkButton(label, `https://t.me/share/url?url=${url}&text=${text}`);
}

/** Http, https and tg; a host without a dot, such as `localhost`, is refused (source: TDLib, LinkManager). */
function isButtonAddress(url: string): boolean {
  if (url.length > MAX_ADDRESS || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'tg:') return true;
  return (protocol === 'https:' || protocol === 'http:') && (hostname.includes('.') || hostname.startsWith('['));
}

/** The addresses that no button can open, each under its label, as HTML to be put below a text; or nothing. */
export function addressLines(...links: readonly (readonly [label: string, url: string | null | undefined])[]): string {
  return links
    .filter((link): link is readonly [string, string] => typeof link[1] === 'string' && !isButtonAddress(link[1]))
    .map(([label, url]) => `\n\n${escapeHtml(tame(label))}:\n<code>${escapeHtml(tame(url, MAX_ADDRESS))}</code>`)
    .join('');
}

/** A button that copies a text; `undefined` when the text is too long for one. */
export function copyButton(label: string, text: string): Button | undefined {
  return text.length >= 1 && text.length <= MAX_COPY
    ? { text: tame(label, MAX_LABEL), copy_text: { text } }
    : undefined;
}

/** Rows of buttons; absent buttons and empty rows are left out. */
export function keyboard(...rows: readonly (readonly (Button | undefined)[])[]): InlineKeyboardMarkup {
  const present = rows.map((row) => row.filter((one) => one !== undefined)).filter((row) => row.length > 0);
  return { inline_keyboard: present };
}

export function menuButton(language: Language): Button {
  return button(plain(language, 'button-menu'), { do: 'menu', where: 'here' });
}

/** Sends the menu below a message that must stay, such as a payment. */
export function newMenuButton(language: Language): Button {
  return button(plain(language, 'button-new-menu'), { do: 'menu', where: 'below' });
}

/** @param where `below`: under a message that must stay */
export function subscriptionsButton(language: Language, where: 'here' | 'below'): Button {
  return button(plain(language, 'button-subscriptions'), { do: 'subscriptions', where, page: 0 });
}

/** @param where `below`: under a message that must stay */
export function supportButton(language: Language, where: 'here' | 'below'): Button {
  return button(plain(language, 'button-support'), { do: 'support', where });
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly hasNext: boolean;
}

/** One page of a list; a page number beyond the end shows the last one. */
export function pageOf<T>(items: readonly T[], page: number, size: number): Page<T> {
  const last = Math.max(0, Math.ceil(items.length / size) - 1);
  const shown = Math.min(Math.max(0, page), last);
  return { items: items.slice(shown * size, (shown + 1) * size), page: shown, hasNext: shown < last };
}

/** The buttons to the previous and the next page, where there is one. */
export function pageButtons(
  language: Language,
  { page, hasNext }: Page<unknown>,
  to: (page: number) => Action,
): readonly (Button | undefined)[] {
  return [
    page > 0 ? button(plain(language, 'button-previous'), to(page - 1)) : undefined,
    hasNext ? button(plain(language, 'button-next'), to(page + 1)) : undefined,
  ];
}

/** To the list of what somebody has given. */
export function giftsButton(language: Language): Button {
  return button(plain(language, 'button-gifts'), { do: 'gifts', page: 0 });
}
