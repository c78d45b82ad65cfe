import { createHash } from 'node:crypto';

/** A uuid made of a text: the same for the same text, so that what has it is there once. */
export function uuidMadeOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  // A uuid of version 8: its owner says what it is made of (RFC 9562).
  const [a, b, c, d, e] = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(13, 16),
    digest.slice(17, 20),
    digest.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-a${d}-${e}`;
}
