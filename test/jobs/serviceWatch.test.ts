/** Outages as the owner meets them: one message when a panel is away, which, what waits for it, and one when it is back. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createOutageNotices } from '../../src/activities/outageNotices';
import { createTellOwners } from '../../src/activities/ownerNotice';
import { GatewayError, type GatewayErrorKind } from '../../src/gateways/errors';
import { createServiceWatchActivities } from '../../src/jobs/serviceWatch/activities';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { useShop } from '../storage/postgres/shopDatabase';
import { createChat, inActivity } from './fakes';

const MINUTE = 60_000;
const OWNER = 900_001;
const shop = useShop();
const SHOP = {
  accountId: '100500',
  status: 'enabled',
  test: true,
  fiscalizationEnabled: false,
  fiscalizationProvider: undefined,
  paymentMethods: [],
};
const BOT = { username: 'shop_bot', webhookUrl: '', waiting: 0, lastError: undefined };

beforeEach(async () => {
  await shop.pool.query('TRUNCATE outages, notifications');
  await shop.users.upsert({ telegramId: OWNER, firstName: 'Owner', username: null, language: 'en' });
  await shop.pool.query(`UPDATE users SET time_zone = 'Asia/Vladivostok' WHERE telegram_id = $1`, [OWNER]);
});

/** A shop whose services fail as told, watched at minutes that the test names. */
function watched() {
  const failing = new Map<string, GatewayErrorKind>();
  let at = Date.parse('2026-03-28T09:00:00Z');
  const now = () => new Date(at);
  const ask = async (name: string) => {
    const kind = failing.get(name);
    if (kind !== undefined)
      throw new GatewayError(`hiddify ping: ${kind}`, { service: 'hiddify', kind, operation: 'ping' });
  };
  const chat = createChat();
  const outages = createOutagesRepository(shop.pool);
  const tellOwners = createTellOwners({
    telegram: chat.telegram as never,
    notifications: createNotificationsRepository(shop.pool),
    users: shop.users,
    adminIds: [OWNER],
  });
  const { main } = createServiceWatchActivities({
    outages,
    outageNotices: createOutageNotices({ outages, tellOwners, now }),
    tellMissed: async () => 0,
    catalogue: shop.catalogue,
    panelOf: ({ serverCode }) => ({ ping: () => ask(serverCode) }),
    yookassa: { getMe: async () => (await ask('yookassa'), SHOP) },
    botStanding: async () => (await ask('telegram'), BOT),
    now,
  });
  return {
    told: () => chat.to(OWNER),
    fail: (name: string, kind: GatewayErrorKind = 'unreachable') => void failing.set(name, kind),
    mend: (name: string) => void failing.delete(name),
    async minutes(count: number) {
      for (let minute = 0; minute < count; minute += 1) {
        await inActivity(() => main.checkServices());
        await inActivity(() => main.tellOutages());
        at += MINUTE;
      }
    },
    check: () => inActivity(() => main.checkServices()),
  };
}

describe('a panel', () => {
  it('away for longer than five minutes: the owner reads once which, since when, and what waits; and once when it is back', async () => {
    const { id, serverCode } = await shop.paid(await shop.buyer(), { locationCode: 'nl' });
    await shop.pool.query(`UPDATE payments SET status = 'delayed' WHERE id = $1`, [id]);
    expect(serverCode).toBe('nl-1');
    const shopNow = watched();
    shopNow.fail('nl-1');
    await shopNow.minutes(5);
    expect(shopNow.told()).toEqual([]);
    await shopNow.minutes(20);
    expect(shopNow.told()).toHaveLength(1);
    const [notice] = shopNow.told();
    expect(notice).toContain('Server nl-1 (Place nl)');
    expect(notice).toContain('19:00 (GMT+10)');
    expect(notice).toMatch(/one paid order.*₽199/);

    shopNow.mend('nl-1');
    await shopNow.minutes(10);
    expect(shopNow.told()).toHaveLength(2);
    expect(shopNow.told()[1]).toMatch(/Server nl-1 \(Place nl\).*answers again/s);
    expect(await shop.count('outages', 'ended_at IS NULL')).toBe(0);
  });

  it('that comes and goes is one outage; one that was away for three minutes is none', async () => {
    const shopNow = watched();
    for (let round = 0; round < 5; round += 1) {
      shopNow.fail('de-1');
      await shopNow.minutes(7);
      shopNow.mend('de-1');
      await shopNow.minutes(2);
    }
    expect(shopNow.told()).toHaveLength(1);
    shopNow.fail('fi-1');
    await shopNow.minutes(3);
    shopNow.mend('fi-1');
    await shopNow.minutes(10);
    expect(shopNow.told().join()).not.toContain('fi-1');
    expect(await shop.count('outages', `server_code = 'fi-1' AND told_at IS NOT NULL`)).toBe(0);
  });

  it('that refuses the key is told at once: it does not mend itself', async () => {
    const shopNow = watched();
    shopNow.fail('de-2', 'refused');
    await shopNow.minutes(1);
    expect(shopNow.told()).toEqual([expect.stringContaining('refuses the shop')]);
  });

  it('that was retired and that nobody is on ends its outage without a word', async () => {
    const shopNow = watched();
    shopNow.fail('de-2', 'refused');
    await shopNow.minutes(1);
    await shop.pool.query(`UPDATE servers SET active = false WHERE code = 'de-2'`);
    await shopNow.minutes(2);
    expect(shopNow.told()).toHaveLength(1);
    expect(await shop.count('outages', 'ended_at IS NULL')).toBe(0);
    await shop.pool.query(`UPDATE servers SET active = true WHERE code = 'de-2'`);
  });
});

it('YooKassa refusing the key, or a shop that it has closed, is told as what it is', async () => {
  const shopNow = watched();
  shopNow.fail('yookassa', 'refused');
  expect(await shopNow.check()).toMatchObject({ failing: ['yookassa'] });
  await shopNow.minutes(2);
  expect(shopNow.told()).toEqual([expect.stringMatching(/YooKassa refuses the shop.*Nobody can pay/s)]);
});
