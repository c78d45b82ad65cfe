/** The names of the search attributes in Temporal, as operators write them in a search. */
export const SEARCH_ATTRIBUTE = {
  /** The shop's word for how a purchase stands, e.g. `pending`, `issued`, `refunding`. */
  paymentStatus: 'PaymentStatus',
  /** Telegram's id of the buyer, as a decimal string. */
  telegramUserId: 'TelegramUserId',
  /** Whether a person must look: the workflow's current details say at what. */
  needsAttention: 'NeedsAttention',
} as const;
