import { setTimeout as pause } from 'node:timers/promises';
import { createChatLock } from '../../../../src/storage/redis/chatLock';
import { asReplica, barrier } from './frame';

/** Works under the lock of chat 5 several times and writes down when it goes in and out. `hold` never goes out. */
void asReplica(async (connections, [name, times, processes, ttlMs, hold]) => {
  const lock = createChatLock({ redis: connections.fsm, ttlMs: Number(ttlMs) });
  const note = (what: string) =>
    connections.fsm.multi().rpush('journal', `${name} ${what}`).expire('journal', 60).exec();
  await barrier(connections, Number(processes));
  await Promise.all(
    Array.from({ length: Number(times) }, () =>
      lock.withLock(5, async () => {
        await note('in');
        if (hold === 'hold') {
          console.log('holding');
          await pause(60_000);
        }
        await pause(5);
        await note('out');
      }),
    ),
  );
});
