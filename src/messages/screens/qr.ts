import { correction, generate } from 'lean-qr';
import { toPngBuffer } from 'lean-qr/extras/node_export';

const QUIET_MODULES = 3;
const LEAST_PIXELS = 400;

/** Error correction M survives a scratched screen and keeps a long link readable. */
const LEVEL = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };

/**
 * A text as a QR code: PNG, 400 pixels wide or a little more, black on white with a quiet zone so that it scans in dark
 * mode too. Made here: a key never goes to a QR service. It takes the worker's one thread for about 4 ms, while other
 * buyers wait for their keys: one bit for a pixel and a whole number of pixels for a module are the reason, and a file
 * of under 2 kB.
 * @throws Error when the text is too long for a QR code (2,331 bytes)
 */
export function qrPng(text: string): Buffer {
  const code = generate(text, LEVEL);
  const scale = Math.ceil(LEAST_PIXELS / (code.size + 2 * QUIET_MODULES));
  return Buffer.from(toPngBuffer(code, { on: [0, 0, 0], off: [255, 255, 255], pad: QUIET_MODULES, scale }));
}
