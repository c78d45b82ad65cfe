/**
 * The code of a voucher: 16 characters of Crockford's base 32 (https://www.crockford.com/base32.html), which are 80
 * random bits. Whoever has it may claim the voucher, so it is a secret.
 */

/** Digits and capitals without I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** How many random bytes make a code. */
export const VOUCHER_CODE_BYTES = 10;

export const VOUCHER_CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/;

/** @param random `VOUCHER_CODE_BYTES` bytes from a secure source */
export function voucherCodeOf(random: Uint8Array): string {
  if (random.length !== VOUCHER_CODE_BYTES) throw new RangeError(`a code is made of ${VOUCHER_CODE_BYTES} bytes`);
  return base32Of(random);
}

/** Bytes in Crockford's base 32: eight characters for every five bytes. */
export function base32Of(random: Uint8Array): string {
  let bits = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let code = '';
  for (let at = 0; at < (random.length * 8) / 5; at += 1) {
    code = ALPHABET[Number(bits & 31n)]! + code;
    bits >>= 5n;
  }
  return code;
}

/** A typed code is never longer, with its dashes and some spaces; a longer text is not looked at. */
const MOST_TYPED = 64;

/**
 * Reads a code that somebody typed or copied: in any case, with dashes and spaces. As Crockford says, O is read as 0, I
 * and L as 1. Letters of other alphabets that look alike are not read.
 * @returns `undefined`: no code can be written so
 */
export function readVoucherCode(text: string): string | undefined {
  if (text.length > MOST_TYPED) return undefined;
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return VOUCHER_CODE.test(code) ? code : undefined;
}

/** A code as people read it: `XXXX-XXXX-XXXX-XXXX`. */
export function voucherCodeWords(code: string): string {
  return code.match(/.{1,4}/g)!.join('-');
}

/** What `/start` is given in the link of a voucher: `gift_` and its code, or anything that claims to be one. */
export const VOUCHER_PAYLOAD = /^gift_(.*)$/;

/** The link that opens the bot with a voucher. @param botUsername without `@` */
export function voucherLink(botUsername: string, code: string): string {
  return `https://t.me/${botUsername}?start=gift_${code}`;
}
