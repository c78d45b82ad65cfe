import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createEncryptionCodec } from '../../src/clients/payloadEncryption';

const key = (id: string) => ({ id, secret: randomBytes(32) });
const old = key('2026-05');
const current = key('2026-11');
const value = { paymentId: 'd3b0c1f4', kopecks: 29_900 };
const plain = defaultPayloadConverter.toPayload(value);
const read = ([payload]: Payload[]) => defaultPayloadConverter.fromPayload(payload!);

describe('payload encryption', () => {
  it('gives back what it encrypted, of which nothing can be read', async () => {
    const codec = createEncryptionCodec([current]);
    const encrypted = await codec.encode([plain]);
    expect(Buffer.from(encrypted[0]!.data!).toString('latin1')).not.toContain('paymentId');
    expect(read(await codec.decode(encrypted))).toEqual(value);
  });

  it('never encrypts the same twice alike', async () => {
    const codec = createEncryptionCodec([current]);
    const [one, other] = await codec.encode([plain, plain]);
    expect(one!.data).not.toEqual(other!.data);
  });

  it('after a change of keys encrypts with the new one and still reads what the old one encrypted', async () => {
    const before = await createEncryptionCodec([old]).encode([plain]);
    const rotated = createEncryptionCodec([current, old]);
    expect(read(await rotated.decode(before))).toEqual(value);
    expect(Buffer.from((await rotated.encode([plain]))[0]!.metadata!['encryption-key-id']!).toString()).toBe('2026-11');
  });

  it('reads payloads of the time before there was a key', async () => {
    expect(read(await createEncryptionCodec([current]).decode([plain]))).toEqual(value);
  });

  it('names the key that is missing', async () => {
    const before = await createEncryptionCodec([old]).encode([plain]);
    await expect(createEncryptionCodec([current]).decode(before)).rejects.toThrow(
      'encrypted with the key "2026-05", which TEMPORAL_PAYLOAD_KEYS does not have',
    );
  });

  it('refuses what was changed, and another key of the same name', async () => {
    const [encrypted] = await createEncryptionCodec([current]).encode([plain]);
    const data = Buffer.from(encrypted!.data!);
    data[20]! ^= 1;
    await expect(createEncryptionCodec([current]).decode([{ ...encrypted, data }])).rejects.toThrow(
      "can't be decrypted",
    );
    await expect(createEncryptionCodec([key('2026-11')]).decode([encrypted!])).rejects.toThrow("can't be decrypted");
  });
});
