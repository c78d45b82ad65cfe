import { correction, generate } from 'lean-qr';
import { pngOf } from './png';

/** Around the QR code: modules that stay empty, and those of the wrapping. */
const QUIET = 3;
const WRAPPING = 9;
const LEAST_PIXELS = 640;

const LEVEL = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };
/** Ink and paper; dark on light, so that cameras read the code. */
const COLOURS = { dark: [146, 22, 60], light: [255, 249, 240] } as const;

/**
 * The card of a gift: its link as a QR code, wrapped with a ribbon and a bow. Made here, as `qrPng` is and for the same
 * reason: whoever sees the link may claim the gift. No letters: what it gives stands under it.
 * @returns a PNG, 640 pixels wide or a little more
 * @throws Error when the link is too long for a QR code
 */
export function giftCardPng(link: string): Buffer {
  const code = generate(link, LEVEL);
  const margin = WRAPPING + QUIET;
  const size = code.size + 2 * margin;
  const middle = (size - 1) / 2;
  const isInside = (at: number) => at >= WRAPPING && at < size - WRAPPING;

  const isFrame = (x: number, y: number) => Math.min(x, y, size - 1 - x, size - 1 - y) === 1;
  const isRibbon = (x: number, y: number) => {
    if (isInside(x) && isInside(y)) return false;
    return Math.abs(x - middle) <= 1 || Math.abs(y - middle) <= 1;
  };
  /** Two loops above the middle of the upper edge. */
  const isBow = (x: number, y: number) => {
    const [dx, dy] = [Math.abs(x - middle) - 4, y - WRAPPING / 2];
    const reach = (dx / 4) ** 2 + (dy / 2.6) ** 2;
    return reach <= 1 && reach >= 0.3;
  };
  const card = {
    size,
    get(x: number, y: number): boolean {
      if (x < 0 || y < 0 || x >= size || y >= size) return false;
      if (isInside(x) && isInside(y)) return code.get(x - margin, y - margin);
      return isFrame(x, y) || isRibbon(x, y) || isBow(x, y);
    },
  };
  return pngOf(card, 0, Math.ceil(LEAST_PIXELS / size), COLOURS);
}
