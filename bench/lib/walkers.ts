/** Buyers who tap through the bot, each waiting for the screen before they tap again. */
import { createTelegramUser, type TelegramUser } from '../../simulators/telegram/driver';
import { waitUntil } from '../../test/support/wait';
import { control } from './shop';

/** Taps of one walker before another one replaces them: the bot limits a person to 100 taps a minute. */
export const TAPS_A_BUYER = 80;

export interface Walker {
  readonly user: TelegramUser;
  readonly messageId: number;
  seq: number;
}

/** @param count people who press Start, eight at a time */
export async function newWalkers(telegramUrl: string, firstId: number, count: number): Promise<Walker[]> {
  const walkers: Walker[] = [];
  const ids = Array.from({ length: count }, (_, n) => firstId + n).values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const id of ids) {
        const user = createTelegramUser(telegramUrl, id);
        await user.start();
        const { messageId, seq } = await user.waitFor('', 20_000);
        walkers.push({ user, messageId, seq });
      }
    }),
  );
  return walkers;
}

/** @returns milliseconds until the screen had changed */
export async function tap(walker: Walker, data: string): Promise<number> {
  const begun = performance.now();
  await walker.user.click({ messageId: walker.messageId, data });
  walker.seq = (await walker.user.waitFor('', 20_000, { sinceSeq: walker.seq })).seq;
  return performance.now() - begun;
}

export interface Walk {
  readonly walkers: readonly Walker[];
  readonly concurrency: number;
  readonly path: readonly string[];
  /** Ends after so many taps ... */
  readonly taps?: number;
  /** ... or after so long. */
  readonly seconds?: number;
}

/** @returns how long each tap waited, and how long all took */
export async function walk({
  walkers,
  concurrency,
  path,
  taps = Infinity,
  seconds = Infinity,
}: Walk): Promise<{ times: number[]; seconds: number }> {
  const times: number[] = [];
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const queue = walkers.values();
  let left = taps;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const walker of queue) {
        for (let count = 0; count < TAPS_A_BUYER && left > 0 && performance.now() < until; count += 1) {
          left -= 1;
          times.push(await tap(walker, path[count % path.length]!));
        }
        if (left <= 0 || performance.now() >= until) return;
      }
      throw new Error('ran out of people: more walkers are needed');
    }),
  );
  return { times, seconds: (performance.now() - begun) / 1000 };
}

export async function webhookIsSet(telegramUrl: string): Promise<void> {
  await waitUntil(
    async () => (await control<{ webhookUrl: string | null }>(`${telegramUrl}/_sim/bot`)).webhookUrl !== null,
    { what: 'the bot has set its webhook' },
  );
}
