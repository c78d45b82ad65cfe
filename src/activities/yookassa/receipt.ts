import { isAccepted, type AcceptedContact } from '../../domain/receiptContact';
import type { LocalizedText } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { Receipt } from '../../gateways/yookassa/requests';
import type { UsersRepository } from '../../storage/postgres/users';

/** How a shop makes receipts under 54-FZ. */
export interface ReceiptRules {
  /** Where a receipt goes whose buyer has given no address, or has had it forgotten. */
  readonly fallbackEmail: string;
  readonly vatCode: number;
  /** What the cash desk delivers to. */
  readonly accepted: AcceptedContact;
}

export interface ReceiptDeps {
  /** `undefined`: the shop makes no receipts. */
  readonly receipt: ReceiptRules | undefined;
  readonly users: UsersRepository;
}

const GIFT: LocalizedText = { ru: 'в подарок', en: 'a gift' };

/** What a payment is for, as its page and its receipts name it. */
export function itemOf({
  planName,
  locationName,
  language,
}: Pick<Payment, 'planName' | 'locationName' | 'language'>): string {
  return `VPN: ${planName[language]}, ${locationName === null ? GIFT[language] : locationName[language]}`;
}

/**
 * The receipt of a payment or of a refund, to the buyer's own address.
 * @returns `undefined` where the shop makes none
 */
export async function receiptFor(
  { receipt, users }: ReceiptDeps,
  payment: Pick<Payment, 'userId' | 'planName' | 'locationName' | 'language'>,
  amountKopecks: number,
): Promise<Receipt | undefined> {
  if (receipt === undefined) return undefined;
  const own = await users.receiptContact(payment.userId);
  const customer = own !== undefined && isAccepted(own, receipt.accepted) ? own : { email: receipt.fallbackEmail };
  return {
    customer,
    items: [{ description: itemOf(payment), quantity: 1, amountKopecks, vatCode: receipt.vatCode }],
  };
}
