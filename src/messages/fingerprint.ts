import { createHash } from 'node:crypto';

/** What a button holds of a text of any length. */
export const FINGERPRINT = /^[\w-]{8}$/;

/**
 * A text in 8 characters, so that a button can say what its screen showed. It is compared with what is true at the
 * press; it need not keep anybody from making another text with the same one.
 */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8);
}
