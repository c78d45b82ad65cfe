/** The configuration of Temporal's production server (https://docs.temporal.io/references/configuration). */

/**
 * The services of one process. On a secured server Temporal's own workers go to a frontend of theirs, which asks for no
 * key.
 * @param {Security | undefined} security
 */
export const servicesOf = (security) => [
  'frontend',
  ...['matching', 'history', 'worker'],
  ...(security ? ['internal-frontend'] : []),
];

/**
 * @typedef {{ tls?: object, authorization?: object }} Security parts of the section `global`; without it whoever
 * reaches a port may do everything
 */

/**
 * YAML is a superset of JSON. What is not here is the server's own default.
 * @param {{ postgres: URL, databases: { temporal: string, visibility: string }, ports: number[], shards: number,
 * plugin: string, dynamicConfig: string, security?: Security | undefined }} options
 */
export function serverConfig({ postgres, databases, ports, shards, plugin, dynamicConfig, security }) {
  const store = (/** @type {string} */ databaseName, /** @type {number} */ maxConns) => ({
    sql: {
      ...{ pluginName: plugin, connectAddr: postgres.host, connectProtocol: 'tcp', maxConnLifetime: '1h' },
      ...{
        user: postgres.username,
        password: decodeURIComponent(postgres.password),
        databaseName,
        maxConns,
        maxIdleConns: maxConns,
      },
    },
  });
  const [grpcPort] = ports;
  /** @type {Record<string, object>} */
  const services = {};
  for (const [at, name] of servicesOf(security).entries())
    services[name] = { rpc: { grpcPort: ports[2 * at], membershipPort: ports[2 * at + 1], bindOnLocalHost: true } };
  return {
    log: { stdout: true, level: 'error', format: 'json' },
    persistence: {
      ...{ defaultStore: 'default', visibilityStore: 'visibility', numHistoryShards: shards },
      datastores: { default: store(databases.temporal, 20), visibility: store(databases.visibility, 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' }, ...security },
    services,
    clusterMetadata: {
      ...{
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: 'active',
        currentClusterName: 'active',
      },
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: `127.0.0.1:${grpcPort}` },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '60s' },
  };
}
