import { language, t } from './i18n.js';

/** @param {string} iso */
export function clock(iso) {
  return new Date(iso).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** The day as a chat's divider says it. @param {string} iso */
export function dayName(iso) {
  const day = new Date(iso);
  const apart = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
  if (apart === 0) return t('today');
  if (apart === 1) return t('yesterday');
  return day.toLocaleDateString(language, { day: 'numeric', month: 'long' });
}

/** @param {number} days from now */
export function dayAfter(days) {
  return new Date(Date.now() + days * 86_400_000).toLocaleDateString(language, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
}

/** @param {string} amount such as `199.00` @param {string} currency */
export function money(amount, currency) {
  const value = Number(amount);
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: Number.isInteger(value) ? 0 : 2,
  }).format(value);
}

/** @param {number} gb */
export function gigabytes(gb) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: gb < 10 ? 1 : 0 }).format(gb);
}
