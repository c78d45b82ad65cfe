import type { InlineKeyboardMarkup } from 'grammy/types';

/** The content of one message: HTML text within Telegram's limits, and its buttons. */
export interface Screen {
  readonly text: string;
  readonly keyboard?: InlineKeyboardMarkup;
}
