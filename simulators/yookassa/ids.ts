import { randomBytes, randomInt } from 'node:crypto';

/**
 * Object ids begin with the seconds since this moment (observed on samples in the YooKassa docs, not promised by them).
 */
const ID_EPOCH_MS = Date.UTC(2000, 0, 1, 12, 0, 0);

const KIND = { payment: '000f', refund: '0015', receipt: '000f', method: '000f' } as const;

/**
 * An id of the real service's shape: 36 characters that look like a UUID and are none of its versions,
 * so that a client which validates them as UUIDv4 fails. Receipts carry the prefix `rt-`.
 */
export function newObjectId(kind: keyof typeof KIND, nowMs: number): string {
  const seconds = Math.floor((nowMs - ID_EPOCH_MS) / 1000)
    .toString(16)
    .padStart(8, '0');
  const variant = ['8000', '9000', 'a000', 'b000'][randomInt(4)]!;
  const id = `${seconds}-${KIND[kind]}-5000-${variant}-${randomBytes(6).toString('hex')}`;
  return kind === 'receipt' ? `rt-${id}` : id;
}
