import { describe, expect, it } from '@jest/globals';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { qrPng } from '../../src/messages/screens/qr';

/** The text in the QR code, read as a phone's camera does. */
function scanned(png: Buffer): string | undefined {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR(new Uint8ClampedArray(data), width, height, { inversionAttempts: 'dontInvert' })?.data;
}

describe('qrPng', () => {
  const key = 'https://panel.example.com/path/77777777-8888-4999-8aaa-bbbbbbbbbbbb/#NL';
  const longest = `https://panel.example.com/${'a'.repeat(700)}`;

  it.each([
    ['a key', key],
    ['the longest link a panel gives', longest],
    ['a name that is not ASCII', `${key}%20Нидерланды ⚡`],
  ])('is read as it was written: %s', (_, text) => {
    expect(scanned(qrPng(text))).toBe(text);
  });

  it('is large enough for a camera and small enough for a slow line', () => {
    for (const text of ['x', key, longest]) {
      const png = qrPng(text);
      const { width, height } = PNG.sync.read(png);
      expect(width).toBe(height);
      expect(width).toBeGreaterThanOrEqual(400);
      expect(width).toBeLessThan(600);
      expect(png.length).toBeLessThan(6_000);
    }
  });

  it('is white around, also for whoever reads it in dark mode', () => {
    const { data } = PNG.sync.read(qrPng(key));
    expect([...data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  it('refuses what no QR code can hold', () => {
    expect(() => qrPng('a'.repeat(3_000))).toThrow();
  });
});
