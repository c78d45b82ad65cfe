/** How a promo code is written. */

/** Upper case; what people type is brought to it. */
export const PROMO_CODE = /^[A-Z0-9_-]{4,32}$/;

export type ReadPromoCode =
  | { readonly code: string }
  /**
   * - `length`: shorter or longer than any code
   * - `look-alike`: letters of another alphabet that look like Latin ones
   * - `characters`: something that no code has
   */
  | { readonly problem: 'length' | 'look-alike' | 'characters' };

/** Longer than this is no code with spaces in it either. */
const LONGEST = 64;

/**
 * Reads a promo code that a person has typed: in any case, with spaces around it or in it. Look-alike letters are not
 * replaced by what they may mean: the answer to a wrong guess would be about a code that nobody has typed.
 */
export function readPromoCode(text: string): ReadPromoCode {
  if (text.length > LONGEST) return { problem: 'length' };
  const code = text.replaceAll(/\s+/g, '').toUpperCase();
  if (PROMO_CODE.test(code)) return { code };
  if (/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(code)) return { problem: 'look-alike' };
  if (!/^[A-Z0-9_-]*$/.test(code)) return { problem: 'characters' };
  return { problem: 'length' };
}
