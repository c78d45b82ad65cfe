import { describe, expect, it } from '@jest/globals';
import { formatKopecks } from '../../src/domain/money';

/** Whatever kind of space a formatter puts between the digits, people see a space. */
const shown = (kopecks: number, language: 'ru' | 'en') => formatKopecks(kopecks, language).replace(/\s/g, ' ');

describe('a price as people see it', () => {
  it.each([
    [100, '1 ₽', '₽1'],
    [19_900, '199 ₽', '₽199'],
    [19_950, '199,50 ₽', '₽199.50'],
    [19_901, '199,01 ₽', '₽199.01'],
    [99_999, '999,99 ₽', '₽999.99'],
    [199_050, '1 990,50 ₽', '₽1,990.50'],
    [35_000_000, '350 000 ₽', '₽350,000'],
    [1, '0,01 ₽', '₽0.01'],
    [0, '0 ₽', '₽0'],
  ])('%i kopecks', (kopecks, ru, en) => {
    expect(shown(kopecks, 'ru')).toBe(ru);
    expect(shown(kopecks, 'en')).toBe(en);
  });

  it('is never rounded: every kopeck of a thousand prices is there', () => {
    for (let kopecks = 100; kopecks < 100_100; kopecks += 101) {
      const digits = formatKopecks(kopecks, 'en').replace(/[^\d.]/g, '');
      expect(Math.round(Number(digits) * 100)).toBe(kopecks);
    }
  });
});
