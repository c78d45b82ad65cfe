import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  readVoucherCode,
  VOUCHER_CODE,
  VOUCHER_CODE_BYTES,
  voucherCodeOf,
  voucherCodeWords,
  voucherLink,
  VOUCHER_PAYLOAD,
} from '../../src/domain/voucher/code';

const CODE = '0123456789ABCDEF';

describe('the code of a voucher', () => {
  it('is all of its 80 bits, the highest first', () => {
    expect(voucherCodeOf(new Uint8Array(10))).toBe('0'.repeat(16));
    expect(voucherCodeOf(new Uint8Array(10).fill(255))).toBe('Z'.repeat(16));
    expect(voucherCodeOf(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 33]))).toBe(`${'0'.repeat(14)}11`);
    expect(voucherCodeOf(Uint8Array.from([8, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBe(`1${'0'.repeat(15)}`);
    expect(() => voucherCodeOf(new Uint8Array(9))).toThrow(RangeError);
    const made = Array.from({ length: 1_000 }, () => voucherCodeOf(randomBytes(VOUCHER_CODE_BYTES)));
    expect(new Set(made).size).toBe(1_000);
    for (const code of made) expect([code, VOUCHER_CODE.test(code), readVoucherCode(code)]).toEqual([code, true, code]);
  });

  it('is read as people write it', () => {
    expect(voucherCodeWords(CODE)).toBe('0123-4567-89AB-CDEF');
    for (const text of [CODE, CODE.toLowerCase(), voucherCodeWords(CODE), ` 0123 4567 89ab cdef\n`, 'oI23456789abcdef'])
      expect([text, readVoucherCode(text)]).toEqual([text, CODE]);
  });

  it('is not read from anything else: too short, too long, other letters, 5,000 characters', () => {
    const others = [
      '',
      CODE.slice(1),
      `${CODE}0`,
      `${CODE.slice(1)}U`,
      `${CODE.slice(1)}А`,
      `${CODE.slice(1)}%`,
      '\u0000',
    ];
    for (const text of [...others, 'A'.repeat(5_000), `${' '.repeat(5_000)}${CODE}`])
      expect([text, readVoucherCode(text)]).toEqual([text, undefined]);
  });

  it('is in its link, which fits what Telegram takes (64 of A-Z a-z 0-9 _ -)', () => {
    const link = voucherLink('GigaBridgeBot', CODE);
    expect(link).toBe(`https://t.me/GigaBridgeBot?start=gift_${CODE}`);
    const payload = new URL(link).searchParams.get('start')!;
    expect(payload).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(VOUCHER_PAYLOAD.exec(payload)?.[1]).toBe(CODE);
  });
});
