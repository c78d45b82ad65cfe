import { describe, expect, it } from '@jest/globals';
import {
  exponentOf,
  formatKopecks,
  formatMoney,
  formatSums,
  isSameMoney,
  moneyText,
  sumsOf,
} from '../../src/domain/money';

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

describe('money of any currency', () => {
  const plainSpaces = (text: string) => text.replace(/\s/g, ' ');

  it.each([
    [{ currency: 'RUB', minor: 29_900 }, '299 ₽', '₽299', '299.00 RUB'],
    [{ currency: 'XTR', minor: 250 }, '250 ⭐', '250 ⭐', '250 XTR'],
    [{ currency: 'XTR', minor: 12_500 }, '12 500 ⭐', '12,500 ⭐', '12500 XTR'],
    [{ currency: 'USDT', minor: 3_500_000 }, '3,50 USDT', '3.50 USDT', '3.500000 USDT'],
    [{ currency: 'USDT', minor: 3_512_345 }, '3,512345 USDT', '3.512345 USDT', '3.512345 USDT'],
    [{ currency: 'USDT', minor: 3_000_000 }, '3 USDT', '3 USDT', '3.000000 USDT'],
    [{ currency: 'EUR', minor: 105 }, '1,05 EUR', '1.05 EUR', '1.05 EUR'],
  ])('%j is shown in full, with its currency', (money, ru, en, forOperators) => {
    expect(plainSpaces(formatMoney(money, 'ru'))).toBe(ru);
    expect(plainSpaces(formatMoney(money, 'en'))).toBe(en);
    expect(moneyText(money)).toBe(forOperators);
  });

  it('of an unknown currency is not given a decimal point', () => {
    const unknown = { currency: 'KZT', minor: 12_345 };
    expect(formatMoney(unknown, 'ru')).toBe('12345 of the smallest unit of KZT');
    expect(moneyText(unknown)).toBe('12345 of the smallest unit of KZT');
    expect(() => exponentOf('KZT')).toThrow(RangeError);
  });

  it('is the same only in the same currency', () => {
    expect(isSameMoney({ currency: 'RUB', minor: 250 }, { currency: 'RUB', minor: 250 })).toBe(true);
    expect(isSameMoney({ currency: 'RUB', minor: 250 }, { currency: 'XTR', minor: 250 })).toBe(false);
  });

  it('is added up by currency, never across', () => {
    const sums = sumsOf([
      { currency: 'RUB', minor: 29_900 },
      { currency: 'XTR', minor: 250 },
      { currency: 'RUB', minor: 100 },
    ]);
    expect(sums).toEqual({ RUB: 30_000, XTR: 250 });
    expect(plainSpaces(formatSums(sums, 'ru'))).toBe('300 ₽ + 250 ⭐');
    expect(plainSpaces(formatSums({}, 'ru'))).toBe('0 ₽');
  });
});
