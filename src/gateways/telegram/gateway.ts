/** What the shop can do in chats, and how each of it may end. */
import type { InlineKeyboardMarkup } from 'grammy/types';
import type { UnreachableReason } from './refusals';

/** Nothing reaches the user until they press Start or unblock the bot. Store it and do not try again. */
export interface UnreachableUser {
  readonly outcome: 'unreachable-user';
  readonly reason: UnreachableReason;
}
export interface Sent {
  readonly outcome: 'sent';
  readonly messageId: number;
}
/** The message already has this content. */
export interface Unchanged {
  readonly outcome: 'unchanged';
}
/** The message can't be edited or found (deleted, too old, or a photo): send a new one. */
export interface Gone {
  readonly outcome: 'gone';
}
export interface Deleted {
  readonly outcome: 'deleted';
}

export type SendOutcome = Sent | UnreachableUser;
export type EditOutcome = Sent | Unchanged | Gone | UnreachableUser;
export type DeleteOutcome = Deleted | Gone | UnreachableUser;

export interface OutgoingText {
  readonly chatId: number;
  /** Telegram HTML, at most 4096 characters without its tags. Text that users wrote must be escaped already. */
  readonly text: string;
  readonly keyboard?: InlineKeyboardMarkup | undefined;
  /** Arrives without a sound. Default false. */
  readonly silent?: boolean | undefined;
}

export interface TextEdit {
  readonly chatId: number;
  readonly messageId: number;
  readonly text: string;
  /** Without it the message loses its buttons. */
  readonly keyboard?: InlineKeyboardMarkup | undefined;
}

export interface OutgoingPhoto {
  readonly chatId: number;
  readonly png: Uint8Array;
  /** Telegram HTML, at most 1024 characters without its tags. */
  readonly caption?: string | undefined;
  readonly keyboard?: InlineKeyboardMarkup | undefined;
  readonly silent?: boolean | undefined;
}

/**
 * A message that Telegram refuses for its buttons or its markup is sent without them (`plainWhenRefused`).
 *
 * Messages have no link previews: for one Telegram's crawler would fetch the address, and a subscription link is a
 * secret.
 *
 * Every method throws GatewayError: `rate-limited` (nothing happened, see retryAfterMs), `unreachable` (nothing
 * happened), `unknown-outcome` (may have happened; an edit or a deletion may be repeated, a repeated send may show
 * twice) and `refused` (a mistake of the shop, such as broken HTML or a revoked token: `code` names it, repeating
 * changes nothing).
 */
export interface TelegramGateway {
  sendMessage(message: OutgoingText): Promise<SendOutcome>;
  editMessage(edit: TextEdit): Promise<EditOutcome>;
  sendPhoto(photo: OutgoingPhoto): Promise<SendOutcome>;
  deleteMessage(message: { readonly chatId: number; readonly messageId: number }): Promise<DeleteOutcome>;
  /**
   * Whether somebody is in a channel (Bot API, getChatMember). The bot must be an administrator of it.
   * @param of `chat`: `@name`, or the id of a private channel
   * @throws GatewayError also when Telegram does not say: no such channel, or the bot is no administrator
   */
  isMember(of: { readonly chat: string; readonly userId: number }): Promise<boolean>;
}
