/**
 * The search attributes by which operators find workflows, in the Web UI's list and on the command line. The namespace
 * has to know them (`npm run doctor` checks that). Bot, worker, tools and workflow code use these keys; only a link to
 * a search takes a name.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { SEARCH_ATTRIBUTE } from '../../domain/searchAttributes';

export const SEARCH_ATTRIBUTES = {
  paymentStatus: defineSearchAttributeKey(SEARCH_ATTRIBUTE.paymentStatus, SearchAttributeType.KEYWORD),
  telegramUserId: defineSearchAttributeKey(SEARCH_ATTRIBUTE.telegramUserId, SearchAttributeType.KEYWORD),
  needsAttention: defineSearchAttributeKey(SEARCH_ATTRIBUTE.needsAttention, SearchAttributeType.BOOL),
} as const;

/** Their names in the namespace. */
export const SEARCH_ATTRIBUTE_NAMES: readonly string[] = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
