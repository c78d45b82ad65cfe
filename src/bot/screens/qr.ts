import { toBuffer, type QRCodeToBufferOptions } from 'qrcode';

/**
 * Not larger than needed, and written without searching for the best PNG filter: 8 ms instead of 70 ms of the worker's one thread at 512 pixels
 * and the package's own settings, while other buyers wait for their keys. A phone's camera does not see the difference.
 */
const FAST: QRCodeToBufferOptions = { width: 420, rendererOpts: { deflateLevel: 3, deflateStrategy: 0 } };

/**
 * A text as a QR code: PNG, about 400 pixels wide, black on white with a quiet zone so that it scans in dark mode too.
 * Error correction M survives a scratched screen and keeps a long link readable. Made here: a key never goes to a QR service.
 * @throws Error when the text is too long for a QR code (2,331 bytes)
 */
export function qrPng(text: string): Promise<Buffer> {
  // The types do not know `filterType`; it is passed on to pngjs.
  const rendererOpts = { ...FAST.rendererOpts, filterType: 0 };
  return toBuffer(text, { ...FAST, type: 'png', errorCorrectionLevel: 'M', margin: 3, rendererOpts });
}
