import type { Redis } from 'ioredis';
import { z } from 'zod';
import { createFsmStore, type FsmOptions } from '../../../src/storage/redis/fsm';

const schema = z.object({ name: z.enum(['idle', 'counting']), n: z.int() });
export type Counting = z.infer<typeof schema>;

export const DIALOG = { chatId: 5, userId: 5 };

/** A dialog that counts its updates, so that a lost one shows. */
export const countingStore = (redis: Redis, options: Partial<FsmOptions<Counting>> = {}) =>
  createFsmStore<Counting>({ redis, botId: 1, schema, version: 3, initial: { name: 'idle', n: 0 }, ...options });
