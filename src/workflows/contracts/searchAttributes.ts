/**
 * The search attributes by which operators find workflows, in the Web UI's list and on the command line. The namespace
 * has to know them (`npm run doctor` checks that). Bot, worker, tools and workflow code use these keys, never the
 * names.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const SEARCH_ATTRIBUTES = {
  /** The shop's word for how a purchase stands, e.g. `pending`, `issued`, `refunding`. */
  paymentStatus: defineSearchAttributeKey('PaymentStatus', SearchAttributeType.KEYWORD),
  /** Telegram's id of the buyer, as a decimal string. */
  telegramUserId: defineSearchAttributeKey('TelegramUserId', SearchAttributeType.KEYWORD),
  /** Whether a person must look: the workflow's current details say at what. */
  needsAttention: defineSearchAttributeKey('NeedsAttention', SearchAttributeType.BOOL),
} as const;

/** Their names in the namespace. */
export const SEARCH_ATTRIBUTE_NAMES: readonly string[] = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
