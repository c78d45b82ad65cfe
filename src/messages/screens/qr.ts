import { correction, generate } from 'lean-qr';
import { pngOf } from './png';

const QUIET_MODULES = 3;
const LEAST_PIXELS = 400;

/** Error correction level M: readable with some damage, and still coarse enough for a long link. */
const LEVEL = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };

/**
 * A text as a QR code: PNG, 400 pixels wide or a little more, black on white with a quiet zone so that it scans in dark
 * mode too. It is made here because a key must not go to a QR service. One bit for each pixel and a whole number of
 * pixels for each module keep it at about 2 ms of the worker's thread, during which other buyers wait, and the file
 * under 2 kB.
 * @throws Error when the text is too long for a QR code (2,331 bytes)
 */
export function qrPng(text: string): Buffer {
  const code = generate(text, LEVEL);
  const scale = Math.ceil(LEAST_PIXELS / (code.size + 2 * QUIET_MODULES));
  return pngOf(code, QUIET_MODULES, scale);
}
