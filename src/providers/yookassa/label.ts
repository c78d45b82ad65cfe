import type { LocalizedText } from '../../domain/language';
import type { Capabilities } from '../capabilities';

export const YOOKASSA_ID = 'yookassa';

export const YOOKASSA_LABEL: LocalizedText = { ru: 'ЮKassa', en: 'YooKassa' };

export const YOOKASSA_CAN: Capabilities = {
  currency: 'RUB',
  paidIn: 'browser',
  severalCharges: false,
  approves: false,
  closes: false,
  refunds: 'any',
  savesMethods: true,
  signsNotifications: false,
};
