import type { InlineKeyboardMarkup } from 'grammy/types';

/**
 * What one message shows: HTML text within Telegram's limits, and its buttons. Screens are pure: state and language in,
 * this out.
 */
export interface Screen {
  readonly text: string;
  readonly keyboard?: InlineKeyboardMarkup;
}
