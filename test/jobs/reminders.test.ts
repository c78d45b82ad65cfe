/** What the shop writes to people before their end, on a real database: exactly once, in their words, or not at all. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  bulkDeps,
  createChat,
  createInstantPace,
  endingSubscription,
  NINE,
  reminders,
  telegramError,
  type Hook,
} from './fakes';
import { useShop } from '../storage/postgres/shopDatabase';
import { DAY_MS } from '../../src/domain/duration';

const shop = useShop();
const inDays = (days: number, hours = 6) => new Date(NINE.getTime() + days * DAY_MS + hours * 3_600_000);
const service = (hook?: Hook) => {
  const chat = createChat(hook);
  return { chat, ...reminders(bulkDeps(shop, chat)) };
};

beforeEach(async () => {
  await shop.pool.query(
    `TRUNCATE notifications; UPDATE subscriptions SET status = 'revoked'; UPDATE users SET unreachable_at = NULL`,
  );
});

describe('reminders', () => {
  it('go to everybody whose day it is, in their language, with a button to renew; to nobody else', async () => {
    const three = await endingSubscription(shop, inDays(3));
    const one = await endingSubscription(shop, inDays(1));
    const today = await endingSubscription(shop, inDays(0));
    await endingSubscription(shop, inDays(4));
    await endingSubscription(shop, inDays(20));
    await endingSubscription(shop, inDays(-1));
    await shop.users.setLanguage(one.userId, 'en');
    const { chat, send } = service();
    expect(await send()).toMatchObject({ counts: { sent: 3, sentBefore: 0 }, next: null });
    expect(chat.to(three.userId)[0]).toContain('через 3 дня');
    expect(chat.to(one.userId)[0]).toContain('ends tomorrow');
    expect(chat.to(today.userId)[0]).toContain('сегодня');
    expect(chat.delivered[0]!.buttons).toContain(`v1:renew:${today.id}`);
  });

  it('none on the day of a renewal, but all the same where the renewal was refunded', async () => {
    const renew = async ({ userId, id }: { userId: number; id: string }) =>
      shop.issued(userId, { planCode: 'day', priceKopecks: 1_000, renewsSubscriptionId: id }, NINE);
    const renewed = await endingSubscription(shop, inDays(2));
    await renew(renewed);
    const refunded = await endingSubscription(shop, inDays(3));
    const { id: paymentId } = await renew(refunded);
    expect(await shop.refund(paymentId, { at: NINE })).toMatchObject({ outcome: 'planned' });
    const { chat, send } = service();
    expect(await send()).toMatchObject({ counts: { sent: 1 } });
    expect(chat.to(renewed.userId)).toEqual([]);
    expect(chat.to(refunded.userId)[0]).toContain('через 3 дня');
  });

  it('run twice at the same time: everybody is told once', async () => {
    const people = await Promise.all(Array.from({ length: 40 }, () => endingSubscription(shop, inDays(3))));
    const { chat, send } = service();
    const runs = await Promise.all([send(), send()]);
    expect(runs[0].counts.sent + runs[1].counts.sent).toBe(40);
    for (const { userId } of people) expect(chat.to(userId)).toHaveLength(1);
    expect((await send()).counts).toMatchObject({ sent: 0, sentBefore: 40 });
  });

  it('none for somebody who renewed after the list was read', async () => {
    const people = await Promise.all(Array.from({ length: 3 }, () => endingSubscription(shop, inDays(1))));
    let turns = 0;
    const chat = createChat();
    const { telegramPace } = createInstantPace(async () => {
      if (++turns > 1) return;
      for (const { userId, id } of people) {
        const renewal = await shop.open(userId, {
          planCode: 'unlimited',
          priceKopecks: 39_900,
          locationCode: 'nl',
          renewsSubscriptionId: id,
        });
        await shop.recordPaid(renewal.id, NINE);
      }
    });
    // One sender at a time would do; with several the first turn is taken before any claim.
    const { send } = reminders({
      ...bulkDeps(shop, chat),
      telegramPace: { ...telegramPace, takeTurn: serial(telegramPace.takeTurn) },
    });
    expect((await send()).counts).toMatchObject({ sent: 0 });
    expect(chat.delivered).toEqual([]);
  });

  it('a 429 pauses everybody and goes on with the same person; nobody is skipped, nobody told twice', async () => {
    const people = await Promise.all(Array.from({ length: 40 }, () => endingSubscription(shop, inDays(3))));
    const unlucky = people[4]!.userId;
    let flooded = 0;
    let duringPause = 0;
    const chat = createChat((userId, attempt) => {
      if (userId === unlucky && attempt <= 2) {
        flooded = performance.now();
        throw telegramError('rate-limited', { status: 429, retryAfterMs: 1_000 });
      }
      if (flooded > 0 && performance.now() < flooded + 990) duringPause += 1;
    });
    const { telegramPace, pauses } = createInstantPace();
    const { send } = reminders({ ...bulkDeps(shop, chat), telegramPace });
    expect((await send()).counts).toMatchObject({ sent: 40 });
    expect(pauses).toEqual([1_000, 1_000]);
    // The seven others that were on their way when it came, each time.
    expect(duringPause).toBeLessThanOrEqual(14);
    for (const { userId } of people) expect(chat.to(userId)).toHaveLength(1);
  });

  it('somebody who has blocked the bot is marked and left alone; the others get theirs', async () => {
    const blocked = await endingSubscription(shop, inDays(1));
    const others = await Promise.all(Array.from({ length: 5 }, () => endingSubscription(shop, inDays(1, 7))));
    const { chat, send } = service((userId) =>
      userId === blocked.userId ? { outcome: 'unreachable-user', reason: 'blocked' } : undefined,
    );
    expect((await send()).counts).toMatchObject({ sent: 5, unreachable: 1 });
    expect((await shop.users.byId(blocked.userId))!.unreachableAt).not.toBeNull();
    for (const { userId } of others) expect(chat.to(userId)).toHaveLength(1);
  });

  it('killed between sending and recording: that person is not told twice, the others still get theirs', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => endingSubscription(shop, inDays(3))));
    const chat = createChat();
    const deps = bulkDeps(shop, chat);
    let records = 0;
    const dying = {
      ...deps,
      notifications: {
        ...deps.notifications,
        record: async (...args: Parameters<typeof deps.notifications.record>) =>
          ++records === 3 ? Promise.reject(new Error('killed')) : deps.notifications.record(...args),
      },
    };
    await expect(reminders(dying).send()).rejects.toThrow('killed');
    expect(chat.delivered.length).toBeLessThan(12);
    await reminders(deps).send();
    for (const { userId } of people) expect(chat.to(userId)).toHaveLength(1);
  });

  it('a pause that lasts beyond midnight: nobody is told "in 3 days" when it is 2; the next run has the right words', async () => {
    const one = await endingSubscription(shop, inDays(3));
    let at = NINE;
    const chat = createChat();
    const late = reminders({
      ...bulkDeps(shop, chat, () => at),
      telegramPace: createInstantPace(async () => void (at = inDays(1, 1))).telegramPace,
    });
    expect((await late.send()).counts).toMatchObject({ sent: 0 });
    expect(chat.delivered).toEqual([]);
    expect((await reminders(bulkDeps(shop, chat, () => inDays(1, 0))).send()).counts).toMatchObject({ sent: 1 });
    expect(chat.to(one.userId)).toEqual([expect.stringContaining('через 2 дня')]);
  });

  it('Telegram cannot be reached: no message counts as sent, and the next attempt tells everybody', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => endingSubscription(shop, inDays(3))));
    const down = service(() => {
      throw telegramError('unreachable', { code: 'ECONNREFUSED' });
    });
    await expect(down.send()).rejects.toThrow('unreachable');
    expect(await shop.count('notifications', `kind LIKE 'reminder%'`)).toBe(0);
    const up = service();
    expect((await up.send()).counts.sent).toBe(6);
    for (const { userId } of people) expect(up.chat.to(userId)).toHaveLength(1);
  });

  it('answers that cannot be read stop the run before the whole list counts as sent', async () => {
    await Promise.all(Array.from({ length: 60 }, () => endingSubscription(shop, inDays(3))));
    const odd = service(() => {
      throw telegramError('unknown-outcome', { status: 502 });
    });
    await expect(odd.send()).rejects.toThrow('unknown-outcome');
    expect(await shop.count('notifications', `kind LIKE 'reminder%'`)).toBeLessThanOrEqual(12);
  });

  it('a message that Telegram refuses is dropped, and all others are sent', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => endingSubscription(shop, inDays(3))));
    const { send } = service((userId) => {
      if (userId === people[0]!.userId) throw telegramError('refused', { status: 400, code: 'cant-parse-entities' });
    });
    expect((await send()).counts).toMatchObject({ sent: 3, refused: 1 });
  });

  it('an attempt after a kill begins at the row the last one reached', async () => {
    const rows = await Promise.all([1, 2, 3, 4].map((hour) => endingSubscription(shop, inDays(3, hour))));
    const { chat, send } = service();
    const second = rows[1]!;
    const {
      rows: [{ at }],
    } = await shop.pool.query('SELECT expires_at::text AS at FROM subscriptions WHERE id = $1', [second.id]);
    const page = await send({
      heartbeatDetails: {
        after: { at, id: second.id },
        scanned: 2,
        counts: { sent: 2, sentBefore: 0, unreachable: 0, doubtful: 0, refused: 0 },
      },
    });
    expect(page).toMatchObject({ scanned: 4, counts: { sent: 4 } });
    // Both are on their way at once, so either may arrive first.
    expect(chat.delivered.map(({ userId }) => userId).toSorted()).toEqual(
      [rows[2]!.userId, rows[3]!.userId].toSorted(),
    );
  });
});

function serial(turn: () => Promise<number>): () => Promise<number> {
  let line: Promise<unknown> = Promise.resolve();
  return () => {
    const mine = line.then(turn);
    line = mine.catch(() => undefined);
    return mine;
  };
}
