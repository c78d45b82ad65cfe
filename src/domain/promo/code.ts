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
  const typed = text.replaceAll(/\s+/g, '');
  if (/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(typed)) return { problem: 'look-alike' };
  // Before capital letters are made of them: ß would become SS, and the long ſ an S.
  if (!/^[A-Za-z0-9_-]*$/.test(typed)) return { problem: 'characters' };
  const code = typed.toUpperCase();
  return PROMO_CODE.test(code) ? { code } : { problem: 'length' };
}
