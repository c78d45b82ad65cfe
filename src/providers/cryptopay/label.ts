import type { LocalizedText } from '../../domain/language';
import type { Capabilities } from '../capabilities';

export const CRYPTOPAY_ID = 'cryptopay';

export const CRYPTOPAY_LABEL: LocalizedText = { ru: 'Криптовалюта (Crypto Pay)', en: 'Crypto (Crypto Pay)' };

/** Invoices are in roubles; what that is in an asset Crypto Pay says when somebody pays. */
export const CRYPTOPAY_CAN: Capabilities = {
  currency: 'RUB',
  paidIn: 'browser',
  severalCharges: false,
  approves: false,
  closes: true,
  refunds: 'any',
  savesMethods: false,
  signsNotifications: true,
};

/** Ids of invoices, which are the refs of payments. */
export const INVOICE_ID = /^\d{1,20}$/;
