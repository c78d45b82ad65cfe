/** How the texts of settings are read: one schema for each kind of value. */
import { z } from 'zod';
import { parseDuration } from '../domain/duration';
import { parseAddressRange } from '../gateways/yookassa/webhookIps';

/** In ms. @param most the longest one; beyond it dates could not be computed, and nobody would wait for them */
export const duration = (byDefault: string, most: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms <= parseDuration(most)!) return ms;
      context.addIssue({ code: 'custom', message: `must be a duration such as 10s, 5m or 24h, of at most ${most}` });
      return z.NEVER;
    });

/** `0` is 0 ms: none. */
export const durationOrNone = (byDefault: string, most: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      const ms = text.trim() === '0' ? 0 : parseDuration(text);
      if (ms === undefined || ms > parseDuration(most)!)
        context.addIssue({ code: 'custom', message: `must be 0, or a duration such as 6h of at most ${most}` });
      return ms ?? z.NEVER;
    });

/** `20%` is 0.2. */
export const share = (byDefault: string) =>
  z
    .string()
    .regex(/^(100|\d{1,2})%$/, 'must be a share such as 20%')
    .default(byDefault)
    .transform((text) => Number(text.slice(0, -1)) / 100);

/** Comma-separated. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

export const filePath = z.string().min(1).optional();

/** `id:base64`, the first of them for encrypting. Ids are stored beside what was encrypted, so each is there once. */
export const encryptionKeys = list.transform((parts, context) => {
  const keys = parts.map((part) => {
    const [id = '', secret = ''] = part.split(/:(.*)/s);
    return { id, secret: Buffer.from(secret, 'base64') };
  });
  const good = keys.every(({ id, secret }) => /^[A-Za-z0-9._-]{1,40}$/.test(id) && secret.length === 32);
  if (good && new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
  context.addIssue({ code: 'custom', message: 'must be NAME:KEY, each name once, each key 32 bytes in base64' });
  return z.NEVER;
});

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((n) => n >= 0 && n <= 65_535, 'must be at most 65535');

/** An IP address or a CIDR range. */
export const isRange = (text: string) => {
  try {
    parseAddressRange(text);
    return true;
  } catch {
    return false;
  }
};
