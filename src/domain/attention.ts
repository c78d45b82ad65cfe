import type { UnknownReason } from './payment';

/**
 * Why a payment needs a person: what it is about, and what belongs to it. Workflows hand it on and it is kept in
 * histories, so it holds ids, numbers and words of services; `messages` puts it into the owner's language.
 */
export type AttentionNote =
  /**
   * Other money came than was asked for. `paidKopecks`: `null` for a foreign currency or a foreign payment; `refundAt`:
   * when it goes back by itself, ISO 8601; `null`: never.
   */
  | {
      readonly about: 'mismatch';
      readonly reason: string;
      readonly paidKopecks: number | null;
      readonly refundAt: string | null;
    }
  /** The payment's life is over, and the provider does not know it. */
  | { readonly about: 'unknown'; readonly reason: UnknownReason }
  /** Telegram takes the message with the key in no form. */
  | { readonly about: 'key-refused' }
  /** The provider would not make the refund; `reason` is its own word. */
  | { readonly about: 'refund-refused'; readonly reason: string }
  /** The refund that an operator asked for was not planned. */
  | { readonly about: 'refund-not-made'; readonly reason: string; readonly askedBy: string };

/** The same in a few words, for the row that says what was told. */
export function attentionSubject(note: AttentionNote): string {
  return 'reason' in note ? `${note.about}, ${note.reason}` : note.about;
}
