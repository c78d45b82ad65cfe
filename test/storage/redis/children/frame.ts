import { setTimeout as pause } from 'node:timers/promises';
import { createRedisConnections, type RedisConnections } from '../../../../src/storage/redis/connections';
import { COMMAND_TIMEOUT_MS } from '../../../support/redis';

/** A replica in a process of its own: `args` are the Redis address and what the test adds. */
export async function asReplica(work: (connections: RedisConnections, args: string[]) => Promise<void>): Promise<void> {
  const [url, ...args] = process.argv.slice(2);
  const log = (...what: unknown[]): void => console.error(...what);
  const connections = createRedisConnections({
    url: url!,
    logger: { info: log, warn: log } as never,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
  });
  await connections.ready(20_000);
  await work(connections, args);
  await connections.close();
}

/** Says that it is here and waits for all the others. */
export async function barrier(connections: RedisConnections, processes: number): Promise<void> {
  const [[, arrived]] = (await connections.limits.multi().incr('barrier').expire('barrier', 60).exec()) as [
    [null, number],
  ];
  if (arrived === processes) return;
  while (Number(await connections.limits.get('barrier')) < processes) await pause(5);
}
