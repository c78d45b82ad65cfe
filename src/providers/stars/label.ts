import type { LocalizedText } from '../../domain/language';
import type { Capabilities } from '../capabilities';

export const STARS_ID = 'stars';

export const STARS_LABEL: LocalizedText = { ru: 'Telegram Stars', en: 'Telegram Stars' };

/** Telegram has no object before the money, nothing that ends an invoice, and one yes or no right before the payment. */
export const STARS_CAN: Capabilities = {
  currency: 'XTR',
  paidIn: 'chat',
  severalCharges: true,
  approves: true,
  closes: false,
  refunds: 'whole',
  savesMethods: false,
  signsNotifications: false,
};
