import { describe, expect, it } from '@jest/globals';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { giftCardPng } from '../../src/messages/screens/giftCard';

const link = 'https://t.me/some_shop_bot?start=gift_7K3MQ9TX2B8NV4HC';

describe('the card of a gift', () => {
  it('holds its link, read as a phone’s camera does', () => {
    const { data, width, height } = PNG.sync.read(giftCardPng(link));
    expect(jsQR(new Uint8ClampedArray(data), width, height, { inversionAttempts: 'dontInvert' })?.data).toBe(link);
  });

  it('is wrapped: other than a plain QR code, square, and small enough for a slow line', () => {
    const png = giftCardPng(link);
    const { data, width, height } = PNG.sync.read(png);
    expect(width).toBe(height);
    expect(width).toBeGreaterThanOrEqual(640);
    expect(width).toBeLessThan(800);
    expect(png.length).toBeLessThan(10_000);
    // A ribbon in the middle of each edge.
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)];
    const middle = Math.floor(width / 2);
    for (const [x, y] of [
      [middle, 0],
      [middle, height - 1],
      [0, middle],
      [width - 1, middle],
    ] as const)
      expect(at(x, y)).toEqual([146, 22, 60]);
    expect(at(0, 0)).toEqual([255, 249, 240]);
  });

  it('refuses what no QR code can hold', () => {
    expect(() => giftCardPng('a'.repeat(3_000))).toThrow();
  });
});
