import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow';
import { createEncryptionCodec, type EncryptionKey } from './payloadEncryption';
import { explainTemporalFailure, isRefusal, UnusableTemporalError } from './temporalFailure';

export interface TemporalClient {
  readonly client: Client;
  close(): Promise<void>;
}

/** The settings by which Temporal is reached; their names and meanings are those of Temporal's own tools. */
export interface TemporalSettings {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
  readonly TEMPORAL_TLS?: boolean | undefined;
  readonly TEMPORAL_TLS_SERVER_CA_CERT_PATH?: string | undefined;
  readonly TEMPORAL_TLS_CLIENT_CERT_PATH?: string | undefined;
  readonly TEMPORAL_TLS_CLIENT_KEY_PATH?: string | undefined;
  readonly TEMPORAL_TLS_SERVER_NAME?: string | undefined;
  readonly TEMPORAL_API_KEY?: string | undefined;
  readonly TEMPORAL_PAYLOAD_KEYS?: readonly EncryptionKey[];
}

/** How to reach a Temporal server, and how payloads are encoded for it. For a client and for a worker alike. */
export interface TemporalTarget {
  readonly connection: {
    readonly address: string;
    readonly tls?: TLSConfig | false;
    readonly apiKey?: string;
  };
  readonly namespace: string;
  readonly dataConverter?: DataConverter;
}

/**
 * Reads the certificates, once for all connections of a process.
 * @throws UnusableTemporalError naming the setting whose file can't be used
 */
export function temporalTarget(settings: TemporalSettings): TemporalTarget {
  const {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    TEMPORAL_TLS_SERVER_NAME: serverName,
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_PAYLOAD_KEYS: keys = [],
  } = settings;
  const anyTls = [ca, cert, serverName, apiKey].some((value) => value !== undefined);
  const tls = (settings.TEMPORAL_TLS ?? anyTls) && {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: read('TEMPORAL_TLS_SERVER_CA_CERT_PATH', ca) }),
    ...(cert === undefined || key === undefined
      ? {}
      : {
          clientCertPair: {
            crt: read('TEMPORAL_TLS_CLIENT_CERT_PATH', cert),
            key: read('TEMPORAL_TLS_CLIENT_KEY_PATH', key),
          },
        }),
  };
  if (tls) requireReadable(tls);
  return {
    connection: { address: settings.TEMPORAL_ADDRESS, tls, ...(apiKey === undefined ? {} : { apiKey }) },
    namespace: settings.TEMPORAL_NAMESPACE,
    ...(keys.length === 0 ? {} : { dataConverter: encrypting(keys) }),
  };
}

const encrypting = (keys: readonly EncryptionKey[]): DataConverter => ({
  payloadCodecs: [createEncryptionCodec(keys)],
  failureConverterPath: require.resolve('./encodedFailures'),
});

/** Says which key is missing, where what was encrypted is met without one. */
const REFUSING: DataConverter = { payloadCodecs: [createEncryptionCodec([])] };

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UnusableTemporalError(
      `${setting}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'Correct the path, or let the user of this process read it.',
    );
  }
}

/** @throws UnusableTemporalError for files that hold something else, and for a key of another certificate */
function requireReadable({ serverRootCACertificate: ca, clientCertPair: pair }: TLSConfig): void {
  const PEM = 'It must hold a certificate as PEM text, beginning with -----BEGIN CERTIFICATE-----.';
  const certificate = (setting: string, content: Uint8Array) =>
    usable(setting, () => new X509Certificate(Buffer.from(content)), PEM);
  if (ca !== undefined) certificate('TEMPORAL_TLS_SERVER_CA_CERT_PATH', ca);
  if (!pair) return;
  certificate('TEMPORAL_TLS_CLIENT_CERT_PATH', pair.crt);
  usable(
    'TEMPORAL_TLS_CLIENT_KEY_PATH',
    () => createSecureContext({ cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) }),
    'It must hold the private key of TEMPORAL_TLS_CLIENT_CERT_PATH as PEM text, without a password.',
  );
}

function usable(setting: string, read: () => unknown, advice: string): void {
  try {
    read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UnusableTemporalError(`${setting}: the file cannot be used (${code})`, advice);
  }
}

/**
 * A client of the configured namespace.
 * @throws UnusableTemporalError when the server is there and refuses, or is refused by, these settings
 * @throws when Temporal does not answer within `connectTimeoutMs`
 */
export async function connectTemporal({
  connection: target,
  namespace,
  dataConverter = REFUSING,
  connectTimeoutMs = 5_000,
}: TemporalTarget & { connectTimeoutMs?: number }): Promise<TemporalClient> {
  const connection = await Connection.connect({ ...target, connectTimeout: connectTimeoutMs }).catch(
    async (error: unknown) => Promise.reject((await explainTemporalFailure(target, error)) as Error),
  );
  // Connecting needs no right; this needs the least of them, so that a refused key is known before work is asked for.
  await connection
    .withDeadline(Date.now() + connectTimeoutMs, () => connection.workflowService.describeNamespace({ namespace }))
    .catch(async (error: unknown) => {
      if (!isRefusal(error)) return;
      await connection.close();
      throw await explainTemporalFailure(target, error);
    });
  return {
    client: new Client({ connection, namespace, dataConverter }),
    close: () => connection.close(),
  };
}
