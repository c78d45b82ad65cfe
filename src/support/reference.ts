import { isUuid, UUID_PATTERN } from '../domain/uuid';

/** The ids and numbers in a text that may name a payment. */
export interface PaymentReference {
  /** Whole ids: ours, or the provider's of a payment or a refund. */
  readonly ids: readonly string[];
  /** Order numbers as the screens show them: the first 8 characters of our id. */
  readonly orderNumbers: readonly string[];
  /** Telegram ids of buyers. */
  readonly userIds: readonly number[];
}

const ID = new RegExp(`(?<![0-9a-z])${UUID_PATTERN}(?![0-9a-z])`, 'g');
const ORDER_NUMBER = /(?<![0-9a-z-])[0-9a-f]{8}(?![0-9a-z-])/g;
const NUMBER = /(?<![0-9a-z-])\d{1,16}(?![0-9a-z-])/g;

/**
 * Reads what somebody was told to send to support, however they pass it on: in capitals, with "№" or "order" around
 * it, or the whole text of the support screen. Eight digits may be an order number as well as a Telegram id.
 */
export function readReference(text: string): PaymentReference {
  const lower = text.toLowerCase();
  const all = (pattern: RegExp) => [...new Set(lower.match(pattern) ?? [])];
  return {
    ids: all(ID).filter(isUuid),
    orderNumbers: all(ORDER_NUMBER),
    userIds: all(NUMBER).map(Number),
  };
}
