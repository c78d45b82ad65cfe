import { describe, expect, it } from '@jest/globals';
import { qrPng } from '../../src/bot/screens/qr';

describe('qrPng', () => {
  it('makes a PNG of a key', async () => {
    const png = await qrPng('https://panel.example.com/path/77777777-8888-4999-8aaa-bbbbbbbbbbbb/#NL');
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(400);
  });

  it('takes the longest link a panel gives', async () => {
    await expect(qrPng(`https://panel.example.com/${'a'.repeat(700)}`)).resolves.toBeInstanceOf(Buffer);
  });
});
