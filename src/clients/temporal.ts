import { Client, Connection } from '@temporalio/client';

export interface TemporalClient {
  readonly client: Client;
  close(): Promise<void>;
}

/** A client of the configured namespace. @throws when Temporal does not answer within `connectTimeoutMs` */
export async function connectTemporal(options: {
  address: string;
  namespace: string;
  connectTimeoutMs?: number;
}): Promise<TemporalClient> {
  const connection = await Connection.connect({
    address: options.address,
    connectTimeout: options.connectTimeoutMs ?? 5_000,
  });
  return { client: new Client({ connection, namespace: options.namespace }), close: () => connection.close() };
}
