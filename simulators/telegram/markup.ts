import type {
  ForceReply,
  InlineKeyboardButton,
  InlineKeyboardMarkup,
  ReplyKeyboardMarkup,
  ReplyKeyboardRemove,
} from '@grammyjs/types';
import { badRequest } from './failure';
import { checkLink, isServableHost } from './links';
import type { Params } from './params';

export type ReplyMarkup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | ForceReply;

/** Telegram's limits (source: Bot API reference, InlineKeyboardButton; 100 buttons is the known server limit). */
const MAX_CALLBACK_BYTES = 64;
const MAX_COPY_CHARS = 256;
const MAX_BUTTONS = 100;
const ACTIONS = [
  'url',
  'callback_data',
  'web_app',
  'login_url',
  'disabled',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat',
  'copy_text',
  'callback_game',
  'pay',
];

/** Reads and checks `reply_markup` as sendMessage and its kin do. @throws ApiFailure 400 in Telegram's words */
export function readReplyMarkup(params: Params): ReplyMarkup | undefined {
  const markup = params.json<ReplyMarkup>('reply_markup', 'reply keyboard markup');
  if (markup === undefined) return undefined;
  if (typeof markup !== 'object' || Array.isArray(markup)) throw badRequest('object expected as reply markup');
  if ('inline_keyboard' in markup) return checkInline(markup);
  if ('keyboard' in markup) {
    if (!Array.isArray(markup.keyboard))
      throw badRequest('field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays');
    for (const button of markup.keyboard.flat()) {
      if ((typeof button === 'string' ? button : button.text) === '')
        throw badRequest('keyboard button text must be non-empty');
    }
  }
  return markup;
}

/** As above for edits, which take inline keyboards only. */
export function readInlineMarkup(params: Params): InlineKeyboardMarkup | undefined {
  const markup = readReplyMarkup(params);
  if (markup !== undefined && !('inline_keyboard' in markup)) throw badRequest('inline keyboard expected');
  return markup;
}

function checkInline(markup: InlineKeyboardMarkup): InlineKeyboardMarkup | undefined {
  if (!Array.isArray(markup.inline_keyboard) || !markup.inline_keyboard.every(Array.isArray)) {
    throw badRequest('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays');
  }
  const rows = markup.inline_keyboard.filter((row) => row.length > 0);
  const buttons = rows.flat();
  if (buttons.length > MAX_BUTTONS) throw badRequest('reply markup is too long');
  for (const button of buttons) checkButton(button);
  // Telegram treats an empty keyboard as none.
  return rows.length === 0 ? undefined : { ...markup, inline_keyboard: rows };
}

function checkButton(button: InlineKeyboardButton): void {
  if (typeof button !== 'object' || button === null) throw badRequest('InlineKeyboardButton must be an Object');
  if (typeof button.text !== 'string' || button.text === '')
    throw badRequest('inline keyboard button text must be non-empty');
  if (!ACTIONS.some((action) => action in button))
    throw badRequest('Text buttons are unallowed in the inline keyboard');
  if ('callback_data' in button) {
    const size = Buffer.byteLength(button.callback_data);
    if (size === 0 || size > MAX_CALLBACK_BYTES) throw badRequest('BUTTON_DATA_INVALID');
  }
  if ('url' in button) {
    const checked = checkLink(button.url);
    if (!checked.ok) throw badRequest(`inline keyboard button URL '${button.url}' is invalid: ${checked.reason}`);
    if (!isServableHost(checked.url)) throw badRequest('BUTTON_URL_INVALID');
  }
  if ('copy_text' in button) {
    const length = button.copy_text?.text?.length ?? 0;
    if (length === 0 || length > MAX_COPY_CHARS) throw badRequest('BUTTON_COPY_TEXT_INVALID');
  }
}
