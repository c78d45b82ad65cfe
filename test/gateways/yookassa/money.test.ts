import { describe, expect, it } from '@jest/globals';
import { kopecksToValue, valueToKopecks } from '../../../src/gateways/yookassa/money';

describe('money on the wire', () => {
  it.each([
    [0, '0.00'],
    [1, '0.01'],
    [10, '0.10'],
    [99, '0.99'],
    [100, '1.00'],
    [99_000, '990.00'],
    [199_050, '1990.50'],
    [35_000_000, '350000.00'],
    // Sums that go wrong in floating point.
    [110, '1.10'],
    [229, '2.29'],
    [1_999, '19.99'],
    [100_049, '1000.49'],
    [435_855, '4358.55'],
    [Number.MAX_SAFE_INTEGER, '90071992547409.91'],
  ])('%i kopecks are "%s"', (kopecks, value) => {
    expect(kopecksToValue(kopecks)).toBe(value);
    if (kopecks < 1e15) expect(valueToKopecks(value)).toBe(kopecks);
  });

  it('every sum up to 1000 rubles, and every kopeck around round sums, survives the way there and back', () => {
    const sums = [
      ...Array.from({ length: 100_001 }, (_, at) => at),
      ...[1e6, 1e7, 35e6, 7e7, 1e12].flatMap((round) => [round - 1, round, round + 1]),
    ];
    for (const kopecks of sums)
      if (valueToKopecks(kopecksToValue(kopecks)) !== kopecks)
        throw new Error(`${kopecks} became ${valueToKopecks(kopecksToValue(kopecks))}`);
  });

  it.each([-1, 0.5, 1.115, NaN, Infinity, -Infinity, 2 ** 53, '990' as unknown as number])(
    '%p is no amount to ask for',
    (kopecks) => {
      expect(() => kopecksToValue(kopecks)).toThrow(RangeError);
    },
  );

  it.each([
    '',
    '990',
    '990.',
    '990.0',
    '990.000',
    '.50',
    '-1.00',
    '+1.00',
    '01.00',
    '00.00',
    '1e3',
    '1e3.00',
    '1,000.00',
    '1 000.00',
    '990,00',
    ' 990.00',
    '990.00 ',
    '990.00\n',
    '0x10.00',
    '٩٩٠.٠٠',
    'NaN',
    'Infinity',
    '99999999999999.00',
    990,
    990.5,
    null,
    undefined,
    true,
    {},
    ['990.00'],
  ])('%p is not read as money', (value) => {
    expect(valueToKopecks(value)).toBeUndefined();
  });
});
