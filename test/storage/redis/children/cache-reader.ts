import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { createCache } from '../../../../src/storage/redis/cache';
import { asReplica, barrier } from './frame';

/** Asks for one key many times at once. Loads are counted in Redis. */
void asReplica(async (connections, [times, processes]) => {
  const cached = createCache({ redis: connections.cache, now: () => performance.now(), waitMs: 15_000 }).define({
    name: 'thing',
    ttlSeconds: 60,
    schema: z.string(),
  });
  await barrier(connections, Number(processes));
  const answers = await Promise.all(
    Array.from({ length: Number(times) }, () =>
      cached.get('one', async () => {
        await connections.limits.multi().incr('loads').expire('loads', 60).exec();
        await pause(150);
        return 'loaded';
      }),
    ),
  );
  console.log(`answers ${answers.filter((answer) => answer === 'loaded').length}`);
});
