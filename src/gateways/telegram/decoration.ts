import type { Transformer } from 'grammy';
import { isNormalRefusal } from './refusals';

/** Told when a message went out without what Telegram refused, for logs and metrics. */
export type OnPlain = (call: { readonly operation: string; readonly without: 'buttons' | 'markup' }) => void;

type Fields = Record<string, unknown>;
type Button = Fields & { readonly text?: string; readonly url?: string };

/** Telegram's limits for a text and for the text under a photo, in characters (Bot API reference). */
const LIMITS = { text: 4096, caption: 1024 } as const;

/** How Telegram's refusals name buttons and markup (TDLib and its server: `BUTTON_URL_INVALID`, `can't parse ...`). */
const ABOUT_BUTTONS = /\bbutton|keyboard|reply[ _]markup/;
const ABOUT_MARKUP = /parse entities|\bentit(y|ies)/;

/**
 * Sends a message once more without what Telegram has refused of it, so that no message is lost for its decoration:
 * first without the buttons that open an address, which then stands in the text, then without any button; without its
 * markup, as plain text. A refused call has had no effect, so nothing is sent twice.
 */
export function plainWhenRefused(onPlain: OnPlain = () => undefined): Transformer {
  return async (previous, method, payload, signal) => {
    let sent: Fields = payload as Fields;
    for (;;) {
      const answer = await previous(method, sent as typeof payload, signal);
      if (answer.ok || answer.error_code !== 400 || typeof answer.description !== 'string') return answer;
      const plainer = withoutRefused(sent, answer.description.toLowerCase());
      if (plainer === undefined) return answer;
      onPlain({ operation: method, without: plainer.without });
      sent = plainer.payload;
    }
  };
}

function withoutRefused(
  payload: Fields,
  description: string,
): { payload: Fields; without: 'buttons' | 'markup' } | undefined {
  if (isNormalRefusal(description)) return undefined;
  if (ABOUT_MARKUP.test(description) && payload['parse_mode'] !== undefined)
    return { payload: withoutMarkup(payload), without: 'markup' };
  if (ABOUT_BUTTONS.test(description) && payload['reply_markup'] !== undefined)
    return { payload: withoutButtons(payload), without: 'buttons' };
  return undefined;
}

/** Only the buttons that the bot itself answers stay; when they are refused as well, none does. */
function withoutButtons({ reply_markup: markup, ...rest }: Fields): Fields {
  const rows = inlineRows(markup);
  const links = rows.flat().filter(({ url }) => typeof url === 'string');
  const own = rows.map((row) => row.filter((button) => 'callback_data' in button)).filter((row) => row.length > 0);
  const isPlainer = own.flat().length < rows.flat().length;
  return {
    ...withAddresses(rest, links),
    ...(isPlainer && own.length > 0 ? { reply_markup: { inline_keyboard: own } } : {}),
  };
}

function inlineRows(markup: unknown): readonly (readonly Button[])[] {
  const { inline_keyboard: rows } = (markup ?? {}) as { inline_keyboard?: Button[][] };
  return Array.isArray(rows) ? rows : [];
}

function withAddresses(payload: Fields, links: readonly Button[]): Fields {
  const field = payload['caption'] === undefined ? 'text' : 'caption';
  const text = payload[field];
  if (typeof text !== 'string' || links.length === 0) return payload;
  const isHtml = payload['parse_mode'] === 'HTML';
  const lines = links.map(({ text: label = '', url = '' }) =>
    isHtml ? `${escape(label)}:\n<code>${escape(url)}</code>` : `${label}:\n${url}`,
  );
  const longer = [text, ...lines].join('\n\n');
  return longer.length <= LIMITS[field] ? { ...payload, [field]: longer } : payload;
}

function withoutMarkup(payload: Fields): Fields {
  const rest = { ...payload };
  delete rest['parse_mode'];
  for (const field of ['text', 'caption'] as const)
    if (typeof rest[field] === 'string') rest[field] = plainText(rest[field]);
  return rest;
}

/** Telegram HTML as a person reads it, with the addresses of its links. */
function plainText(html: string): string {
  return html
    .replaceAll(/<a href="([^"]*)">([^<]*)<\/a>/g, '$2 ($1)')
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
