import { isAccepted, readReceiptContact, type AcceptedContact, type ReceiptContact } from '../../domain/receiptContact';
import type { BotDeps } from '../ports';

export type ReceiptContacts = ReturnType<typeof createReceiptContacts>;

/** Where buyers' receipts go, for shops that make receipts under 54-FZ. */
export function createReceiptContacts({
  users,
  acceptedContact,
}: Pick<BotDeps, 'acceptedContact'> & { users: Pick<BotDeps['users'], 'receiptContact' | 'setReceiptContact'> }) {
  const usable = async (userId: number): Promise<ReceiptContact | undefined> => {
    const contact = await users.receiptContact(userId);
    return contact !== undefined && isAccepted(contact, acceptedContact ?? 'email-or-phone') ? contact : undefined;
  };

  return {
    /** What the cash desk delivers to; `undefined`: the shop makes no receipts. */
    accepted: acceptedContact as AcceptedContact | undefined,

    /** @returns `undefined`: the shop makes no receipts; `unknown`: the buyer has to be asked */
    of: async (userId: number): Promise<ReceiptContact | 'unknown' | undefined> =>
      acceptedContact === undefined ? undefined : ((await usable(userId)) ?? 'unknown'),

    /** For the settings, which show it also where the shop makes no receipts any more. */
    stored: usable,

    /** Keeps it when a receipt can be sent there. @returns whether it can */
    async save(userId: number, text: string): Promise<boolean> {
      const contact = acceptedContact && readReceiptContact(text, acceptedContact);
      if (contact === undefined) return false;
      await users.setReceiptContact(userId, contact);
      return true;
    },

    forget: (userId: number): Promise<void> => users.setReceiptContact(userId, null),
  };
}
