import { describe, expect, it } from '@jest/globals';
import { decimalToMinor, isDecimal, minorToDecimal } from '../../../src/gateways/cryptopay/decimal';

describe('an amount as text', () => {
  it.each([
    ['990', 99_000],
    ['990.0', 99_000],
    ['990.00', 99_000],
    ['990.50000', 99_050],
    ['0.01', 1],
    ['0', 0],
    // 1.15 * 100 is 114.99999999999999 as a float.
    ['1.15', 115],
  ])('%s is %i kopecks', (text, kopecks) => expect(decimalToMinor(text, 2)).toBe(kopecks));

  it.each(['990.005', '0.001', '1e3', '-1', '+1', '1,5', '.5', '5.', '', ' 1', '0x10', '01', 'NaN', '9'.repeat(16)])(
    '%s is no amount in kopecks',
    (text) => expect(decimalToMinor(text, 2)).toBeUndefined(),
  );

  it('beyond what a number holds exactly is none', () => {
    expect(decimalToMinor('90071992547409.91', 2)).toBe(9_007_199_254_740_991);
    expect(decimalToMinor('90071992547409.92', 2)).toBeUndefined();
  });

  it.each([
    [99_050, 2, '990.50'],
    [5, 2, '0.05'],
    [0, 2, '0.00'],
    [250, 0, '250'],
  ])('%i with %i places is %s', (minor, places, text) => {
    expect(minorToDecimal(minor, places)).toBe(text);
    expect(decimalToMinor(text, places)).toBe(minor);
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('%d is written by nobody', (minor) =>
    expect(() => minorToDecimal(minor, 2)).toThrow(RangeError),
  );

  it('in an asset may have as many decimals as it likes', () => {
    expect(isDecimal('0.000000000000000001')).toBe(true);
    expect(isDecimal('1e-7')).toBe(false);
  });
});
