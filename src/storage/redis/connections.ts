import { Redis } from 'ioredis';
import type { Logger } from '../../config/logger';

/** The database number of each use. It is part of the connection: nothing selects another database at runtime. */
const DATABASES = { fsm: 0, cache: 1, limits: 2 } as const;

type RedisUse = keyof typeof DATABASES;

export interface RedisConnections {
  /** DB 0: dialogs, sessions, locks. */
  readonly fsm: Redis;
  /** DB 1: cache and payment data. */
  readonly cache: Redis;
  /** DB 2: limits, update dedup, leadership. */
  readonly limits: Redis;
  /**
   * Waits until every connection is usable.
   * @returns whether they are; `false` after `timeoutMs` (default 2 s), never an error
   */
  ready(timeoutMs?: number): Promise<boolean>;
  /** Waits for running commands, then closes the connections. */
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  /** `redis://` or `rediss://`, without a database number. */
  readonly url: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /**
   * How long one command may take, in ms. Default 1000: a request must not wait longer for something that can't be
   * lost.
   */
  readonly commandTimeoutMs?: number;
}

/**
 * One client for each database. Commands fail at once while Redis is away (`reach` turns that into
 * `RedisUnavailableError`); the clients reconnect by themselves within about two seconds of its return.
 */
export function createRedisConnections(options: RedisConnectionOptions): RedisConnections {
  const uses = Object.keys(DATABASES) as RedisUse[];
  const clients = Object.fromEntries(uses.map((use) => [use, connect(use, options)])) as Record<RedisUse, Redis>;

  return {
    ...clients,
    async ready(timeoutMs = 2_000) {
      const all = await Promise.all(uses.map((use) => untilReady(clients[use], timeoutMs)));
      return all.every(Boolean);
    },
    async close() {
      await Promise.all(
        uses.map(async (use) => {
          await clients[use].quit().catch(() => undefined);
          clients[use].disconnect();
        }),
      );
    },
  };
}

function connect(use: RedisUse, options: RedisConnectionOptions): Redis {
  const timeoutMs = options.commandTimeoutMs ?? 1_000;
  const client = new Redis(options.url, {
    db: DATABASES[use],
    protocol: 2,
    connectionName: `gigabridge-${use}`,
    connectTimeout: 5_000,
    // When the connection is gone already, ioredis keeps the process alive for this long after `disconnect` (2 s by
    // default).
    disconnectTimeout: 250,
    commandTimeout: timeoutMs,
    // A server that keeps the connection open but does not answer is treated as away: after the reconnect commands fail
    // at once.
    socketTimeout: timeoutMs,
    // No command waits for a reconnect and none is sent twice: a script that ran before the connection broke must not
    // run again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000) * (0.75 + Math.random() / 4),
    // After a failover the old address may still answer, as a replica.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  logChanges(client, use, options.logger);
  return client;
}

/** One line when a connection is lost and one when it is back, however many attempts lie between. */
function logChanges(client: Redis, use: RedisUse, logger: RedisConnectionOptions['logger']): void {
  let lost = false;
  let closing = false;
  const lose = (reason: string): void => {
    if (lost || closing) return;
    lost = true;
    logger.warn({ redis: use, reason }, 'Redis connection lost; continuing without it, reconnecting');
  };
  client.on('error', (error: Error) => lose(error.message));
  client.on('close', () => lose('connection closed'));
  client.on('end', () => (closing = true));
  client.on('ready', () => {
    if (lost) logger.info({ redis: use }, 'Redis connection restored');
    lost = false;
  });
  const quit = client.quit.bind(client);
  client.quit = (() => {
    closing = true;
    return quit();
  }) as Redis['quit'];
}

function untilReady(client: Redis, timeoutMs: number): Promise<boolean> {
  if (client.status === 'ready') return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (ready: boolean) => (): void => {
      clearTimeout(timer);
      client.off('ready', yes);
      resolve(ready);
    };
    const yes = end(true);
    const timer = setTimeout(end(false), timeoutMs);
    client.once('ready', yes);
  });
}
