import { createHash, createHmac } from 'node:crypto';
import type { SignatureFault } from './faults';

/** HMAC-SHA-256 of the raw body, in hex; the key is the SHA-256 of the token, as 32 bytes (Crypto Pay docs, webhooks). */
export function sign(token: string, body: string): string {
  return createHmac('sha256', createHash('sha256').update(token).digest()).update(body).digest('hex');
}

/** The header of an update, true or spoiled in one of the ways that a shop has to refuse. */
export function signatureHeader(token: string, body: string, fault?: SignatureFault): Record<string, string> {
  const header = (value: string) => ({ 'crypto-pay-api-signature': value });
  switch (fault) {
    case 'missing':
      return {};
    case 'wrong':
      return header('0'.repeat(64));
    case 'upper-case':
      return header(sign(token, body).toUpperCase());
    case 'other-token':
      // What the other network, or another app, would sign with.
      return header(sign(`${token}-of-the-other-network`, body));
    case 'reserialised':
      return header(sign(token, JSON.stringify(JSON.parse(body))));
    default:
      return header(sign(token, body));
  }
}

/**
 * JSON with escapes and number forms that another serialiser would write differently, so that a shop which checks the
 * signature of re-serialised JSON fails: a zero at the end of `fee_amount`, non-Latin letters and slashes escaped.
 */
export function toSignedJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/"fee_amount":(\d+\.\d+)/, '"fee_amount":$10')
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (sign_) => `\\u${sign_.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
