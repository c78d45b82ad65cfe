import type { LocalizedText } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { ReceiptContact } from '../../domain/receiptContact';
import type { PaymentProvider } from '../../providers/port';
import type { UsersRepository } from '../../storage/postgres/users';

const GIFT: LocalizedText = { ru: 'в подарок', en: 'a gift' };

/** What a payment is for, as its page and its receipts name it. */
export function itemOf({
  planName,
  locationName,
  language,
}: Pick<Payment, 'planName' | 'locationName' | 'language'>): string {
  return `VPN: ${planName[language]}, ${locationName === null ? GIFT[language] : locationName[language]}`;
}

/** Where the buyer wants receipts, where the provider makes some. */
export async function contactFor(
  { makesReceipts }: Pick<PaymentProvider, 'makesReceipts'>,
  users: Pick<UsersRepository, 'receiptContact'>,
  userId: number,
): Promise<ReceiptContact | undefined> {
  return makesReceipts ? users.receiptContact(userId) : undefined;
}
