import type { Language } from './language';

/** ISO 4217; the shop sells in roubles only, other currencies are recognised so that they can be refused. */
export type Currency = 'RUB';

/**
 * A price for people: `199 ₽`, `1 990,50 ₽` (ru), `₽199`, `₽1,990.50` (en). Kopecks are shown only where there are
 * some.
 * @param kopecks integer
 */
export function formatKopecks(kopecks: number, language: Language): string {
  const hasKopecks = kopecks % 100 !== 0;
  const number = new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-US', {
    minimumFractionDigits: hasKopecks ? 2 : 0,
    maximumFractionDigits: hasKopecks ? 2 : 0,
  }).format(kopecks / 100);
  return language === 'ru' ? `${number} ₽` : `₽${number}`;
}
