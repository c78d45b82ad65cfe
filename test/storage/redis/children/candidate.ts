import { createLeader } from '../../../../src/storage/redis/leader';
import { asReplica } from './frame';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Stands for election until it is killed. Arguments: ttl, renewal, retry, in ms; none for the defaults. */
void asReplica(async (connections, [ttlMs, renewMs, retryMs]) => {
  const times = ttlMs ? { ttlMs: Number(ttlMs), renewMs: Number(renewMs), retryMs: Number(retryMs) } : {};
  createLeader({
    redis: connections.limits,
    name: 'polling:1',
    logger: quiet,
    ...times,
    onElected: ({ fence }) => console.log(`elected ${fence}`),
    onLost: (why) => console.log(`lost ${why}`),
  }).start();
  await new Promise(() => setInterval(() => undefined, 60_000));
});
