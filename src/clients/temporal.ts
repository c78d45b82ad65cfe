import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow';
import { createEncryptionCodec, type EncryptionKey } from './payloadEncryption';

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
 * Reads the certificates anew at each call, so that a connection made later uses renewed ones.
 * @throws Error naming the setting whose file can't be read
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
  return {
    connection: { address: settings.TEMPORAL_ADDRESS, tls, ...(apiKey === undefined ? {} : { apiKey }) },
    namespace: settings.TEMPORAL_NAMESPACE,
    ...(keys.length === 0 ? {} : { dataConverter: { payloadCodecs: [createEncryptionCodec(keys)] } }),
  };
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${setting}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A client of the configured namespace. @throws when Temporal does not answer within `connectTimeoutMs` */
export async function connectTemporal({
  connection: target,
  namespace,
  dataConverter,
  connectTimeoutMs = 5_000,
}: TemporalTarget & { connectTimeoutMs?: number }): Promise<TemporalClient> {
  const connection = await Connection.connect({ ...target, connectTimeout: connectTimeoutMs });
  return {
    client: new Client({ connection, namespace, ...(dataConverter === undefined ? {} : { dataConverter }) }),
    close: () => connection.close(),
  };
}
