import { isAccepted, type AcceptedContact, type ReceiptContact } from '../../domain/receiptContact';
import type { Receipt } from '../../gateways/yookassa/requests';

/** How a shop makes receipts under 54-FZ. */
export interface ReceiptRules {
  /** Where a receipt goes whose buyer has given no address, or has had it forgotten. */
  readonly fallbackEmail: string;
  readonly vatCode: number;
  /** What the cash desk delivers to. */
  readonly accepted: AcceptedContact;
}

/**
 * The receipt of a payment or of a refund, to the buyer's own address.
 * @returns `undefined` where the shop makes none
 */
export function receiptFor(
  rules: ReceiptRules | undefined,
  { contact, title }: { readonly contact?: ReceiptContact | undefined; readonly title: string },
  amountKopecks: number,
): Receipt | undefined {
  if (rules === undefined) return undefined;
  const customer =
    contact !== undefined && isAccepted(contact, rules.accepted) ? contact : { email: rules.fallbackEmail };
  return { customer, items: [{ description: title, quantity: 1, amountKopecks, vatCode: rules.vatCode }] };
}
