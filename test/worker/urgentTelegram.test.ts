/** Receipts and keys are sent at once; messages that can wait are delayed for them, so that the total rate is kept. */
import { describe, expect, it } from '@jest/globals';
import type { TelegramGateway } from '../../src/gateways/telegram';
import { createTelegramPace } from '../../src/storage/postgres/telegramPace';
import { createUrgentTelegram } from '../../src/worker/urgentTelegram';
import { waitUntil } from '../support/wait';
import { telegramError } from '../jobs/fakes';
import { useShop } from '../storage/postgres/shopDatabase';

const shop = useShop();
const sending = (sendPhoto: () => Promise<{ outcome: 'sent'; messageId: number }>) =>
  ({ sendPhoto }) as unknown as TelegramGateway;
const key = { chatId: 1, png: new Uint8Array() };
/** How far ahead the next turn of a lane is. */
const secondsAhead = async (lane: string): Promise<number> => {
  const { rows } = await shop.pool.query<{ seconds: number }>(
    'SELECT extract(epoch FROM next_at - clock_timestamp())::float8 AS seconds FROM telegram_pace WHERE lane = $1',
    [lane],
  );
  return rows[0]!.seconds;
};
const sent = async () => ({ outcome: 'sent', messageId: 1 }) as const;

describe('a key', () => {
  it('goes out at once, and each takes one turn from the messages that can wait', async () => {
    // One message in ten minutes, so that a key that waited for a turn would exceed the test's time.
    const pace = createTelegramPace(shop.pool, { perSecond: 1 / 600, lane: 'turns' });
    const urgent = createUrgentTelegram(sending(sent), pace);
    await pace.takeTurn();
    for (let i = 0; i < 12; i += 1) expect(await urgent.sendPhoto(key)).toEqual({ outcome: 'sent', messageId: 1 });
    await waitUntil(async () => (await secondsAhead('turns')) > 12.9 * 600, { what: 'the messages are counted' });
    expect(await pace.takeTurn()).toBeGreaterThan(12.9 * 600_000);
  });

  it('has nothing to take while nobody waits', async () => {
    const pace = createTelegramPace(shop.pool, { perSecond: 10, lane: 'idle' });
    await pace.takeTurn();
    await new Promise((resolve) => setTimeout(resolve, 150));
    let counted = 0;
    const urgent = createUrgentTelegram(sending(sent), {
      ...pace,
      goAhead: (messages) => pace.goAhead(messages).then(() => void (counted += messages)),
    });
    for (let i = 0; i < 12; i += 1) await urgent.sendPhoto(key);
    await waitUntil(() => counted === 12, { what: 'the messages are counted' });
    expect(await pace.takeTurn()).toBe(0);
  });

  it('that Telegram puts off stops them for as long', async () => {
    const pace = createTelegramPace(shop.pool, { perSecond: 1_000, lane: 'pause' });
    const urgent = createUrgentTelegram(
      sending(() => Promise.reject(telegramError('rate-limited', { status: 429, retryAfterMs: 240_000 }))),
      pace,
    );
    await expect(urgent.sendPhoto(key)).rejects.toThrow('rate-limited');
    expect(await pace.takeTurn()).toBeGreaterThan(230_000);
  });

  it('goes out although the pace cannot be reached', async () => {
    const away = {
      goAhead: () => Promise.reject(new Error('PostgreSQL is away')),
      pause: () => Promise.reject(new Error('PostgreSQL is away')),
    };
    expect(await createUrgentTelegram(sending(sent), away).sendPhoto(key)).toMatchObject({ outcome: 'sent' });
  });
});

describe('the pace', () => {
  it('is one for all workers: a hundred turns taken by four of them come one after another', async () => {
    const workers = [0, 1, 2, 3].map(() => createTelegramPace(shop.pool, { perSecond: 1 / 600, lane: 'shared' }));
    const waits = (await Promise.all(Array.from({ length: 100 }, (_, i) => workers[i % 4]!.takeTurn()))).toSorted(
      (a, b) => a - b,
    );
    for (const [index, wait] of waits.entries()) expect(Math.abs(wait - index * 600_000)).toBeLessThan(60_000);
  });
});
