/**
 * Encrypts what Temporal stores of workflows and activities: inputs, results, signals, queries, updates, and, with
 * `encodedFailures.ts`, the texts of failures. Workflow ids, search attributes and the names of activities stay
 * readable, because operators search by them.
 *
 * The form is that of Temporal's own samples, so their tools read it: an encoded payload whose metadata name the
 * encoding `binary/encrypted` and the key (temporalio/samples-typescript, encryption).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, ValueError, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

export interface EncryptionKey {
  /** Stored beside each payload, so that an old key is found again after a change of keys. */
  readonly id: string;
  /** 32 bytes for AES-256. */
  readonly secret: Buffer;
}

const ENCODING = 'binary/encrypted';
const METADATA_KEY_ID = 'encryption-key-id';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with the first key and decrypts with whichever a payload names. Payloads that are not encrypted are read as
 * they are: those of the time before there was a key. Without a key nothing is encrypted.
 * @throws ValueError when a payload names a key that is not among `keys`, or was changed
 */
export function createEncryptionCodec(keys: readonly EncryptionKey[]): PayloadCodec {
  const [current] = keys;
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    encode: async (payloads) => (current ? payloads.map((payload) => encrypt(payload, current)) : payloads),
    decode: async (payloads) => payloads.map((payload) => decrypt(payload, byId)),
  };
}

function encrypt(payload: Payload, { id, secret }: EncryptionKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv);
  const plain = temporal.api.common.v1.Payload.encode(payload).finish();
  const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [METADATA_KEY_ID]: Buffer.from(id) }, data };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, EncryptionKey>): Payload {
  if (text(payload.metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return payload;
  const id = text(payload.metadata?.[METADATA_KEY_ID]);
  const key = keys.get(id);
  if (key === undefined)
    throw new ValueError(`a payload was encrypted with the key "${id}", which TEMPORAL_PAYLOAD_KEYS does not have`);
  const data = Buffer.from(payload.data ?? []);
  const decipher = createDecipheriv(CIPHER, key.secret, data.subarray(0, IV_BYTES));
  try {
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return temporal.api.common.v1.Payload.decode(plain) as Payload;
  } catch {
    throw new ValueError(
      `a payload encrypted with the key "${id}" can't be decrypted: another key of that name, or damaged`,
    );
  }
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
