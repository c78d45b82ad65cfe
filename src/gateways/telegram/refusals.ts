/** What Telegram's refusals say (source: Bot API behaviour, tdlib/telegram-bot-api). */

export type UnreachableReason = 'blocked' | 'deactivated' | 'chat-not-found';

/** A refusal that is a normal outcome and no fault. */
export type NormalRefusal =
  /** The message already has this content. */
  | { readonly kind: 'unchanged' }
  /** The message can't be edited or deleted (any more): send a new one. */
  | { readonly kind: 'gone' }
  /** The button was pressed too long ago for a callback answer. */
  | { readonly kind: 'too-late' }
  /** Nothing reaches the user until they start or unblock the bot again; do not retry. */
  | { readonly kind: 'unreachable-user'; readonly reason: UnreachableReason };

const gone = { kind: 'gone' } as const;
const unreachable = (reason: UnreachableReason) => ({ kind: 'unreachable-user', reason }) as const;

/** With statuses 400 and 403, by a lower-case part of the description. */
const NORMAL: readonly { readonly words: string; readonly means: NormalRefusal }[] = [
  { words: 'message is not modified', means: { kind: 'unchanged' } },
  { words: 'message to edit not found', means: gone },
  { words: "message can't be edited", means: gone },
  { words: 'there is no text in the message to edit', means: gone },
  { words: 'there is no caption in the message to edit', means: gone },
  { words: 'message to delete not found', means: gone },
  { words: "message can't be deleted", means: gone },
  { words: 'message_id_invalid', means: gone },
  { words: 'query is too old', means: { kind: 'too-late' } },
  { words: 'bot was blocked by the user', means: unreachable('blocked') },
  { words: 'user is deactivated', means: unreachable('deactivated') },
  { words: 'chat not found', means: unreachable('chat-not-found') },
  { words: "bot can't initiate conversation", means: unreachable('chat-not-found') },
  { words: 'peer_id_invalid', means: unreachable('chat-not-found') },
];

/** Refusals that are the shop's mistakes, with a code for logs and alerts. */
const MISTAKES: readonly { readonly words: string; readonly code: string }[] = [
  { words: "can't parse entities", code: 'cant-parse-entities' },
  { words: 'button_data_invalid', code: 'button-data-invalid' },
  { words: 'button_url_invalid', code: 'button-url-invalid' },
  { words: 'inline keyboard button url', code: 'button-url-invalid' },
  { words: 'button_copy_text_invalid', code: 'button-copy-text-invalid' },
  { words: 'message_too_long', code: 'message-too-long' },
  { words: 'message is too long', code: 'message-too-long' },
  { words: 'caption is too long', code: 'caption-too-long' },
  { words: 'media_caption_too_long', code: 'caption-too-long' },
  { words: 'message text is empty', code: 'message-empty' },
  { words: 'text must be non-empty', code: 'message-empty' },
  { words: 'image_process_failed', code: 'image-invalid' },
  { words: 'charge_already_refunded', code: 'charge-already-refunded' },
  // Of a charge that is unknown, or another person's, as well.
  { words: 'charge_id_empty', code: 'charge-unknown' },
  { words: 'charge_id_invalid', code: 'charge-unknown' },
  { words: 'balance_too_low', code: 'balance-too-low' },
  { words: 'currency_total_amount_invalid', code: 'price-invalid' },
  { words: 'stars_invoice_invalid', code: 'invoice-invalid' },
  { words: 'invoice_payload_invalid', code: 'invoice-invalid' },
];

/** @param description in lower case */
export function normalRefusal(description: string): NormalRefusal | undefined {
  return NORMAL.find(({ words }) => description.includes(words))?.means;
}

/** @param description in lower case */
export function isNormalRefusal(description: string): boolean {
  return normalRefusal(description) !== undefined;
}

/** @param description in lower case. @returns `undefined` for one that is not known */
export function mistakeCode(description: string): string | undefined {
  return MISTAKES.find(({ words }) => description.includes(words))?.code;
}
