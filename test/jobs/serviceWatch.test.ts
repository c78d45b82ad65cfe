/** The owner's messages about outages: one when a panel is away, with the orders that wait, and one when it is back. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MINUTE_MS } from '../../src/domain/duration';
import { createOutageNotices } from '../../src/activities/outageNotices';
import { createPanelCheck, createProviderCheck } from '../../src/activities/serviceChecks';
import { createTellOwners } from '../../src/activities/ownerNotice';
import { GatewayError, type GatewayErrorKind } from '../../src/gateways/errors';
import type { RunOutcome } from '../../src/jobs/panelSync/contract';
import { recordRun } from '../../src/jobs/panelSync/recordRun';
import { createServiceWatchActivities } from '../../src/jobs/serviceWatch/activities';
import { providersOf } from '../../src/providers/registry';
import { createAccessRevocationsRepository } from '../../src/storage/postgres/accessRevocations';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { createPanelSyncStatesRepository } from '../../src/storage/postgres/panelSyncStates';
import { createWaitingForPanelRepository } from '../../src/storage/postgres/waitingForPanel';
import { createWaitingForProviderRepository } from '../../src/storage/postgres/waitingForProvider';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { aProvider } from '../providers/aProvider';
import { catalogue, useShop } from '../storage/postgres/shopDatabase';
import { createChat, inActivity, telegramError, type Hook } from './fakes';

const OWNER = 900_001;
const shop = useShop();
const BOT = { username: 'shop_bot', webhookUrl: '', waiting: 0, lastError: undefined };

beforeEach(async () => {
  await shop.pool.query('TRUNCATE outages, notifications, panel_sync_states');
  await shop.users.upsert({ telegramId: OWNER, firstName: 'Owner', username: null, language: 'en' });
  await shop.pool.query(`UPDATE users SET time_zone = 'Asia/Vladivostok' WHERE telegram_id = $1`, [OWNER]);
});

/** A shop whose services fail as told, watched at minutes that the test names. */
function watched(hook?: Hook) {
  const failing = new Map<string, GatewayErrorKind>();
  let at = Date.parse('2026-03-28T09:00:00Z');
  const now = () => new Date(at);
  const ask = async (name: string) => {
    const kind = failing.get(name);
    if (kind !== undefined)
      throw new GatewayError(`hiddify ping: ${kind}`, { service: 'hiddify', kind, operation: 'ping' });
  };
  const chat = createChat(hook);
  const outages = createOutagesRepository(shop.pool);
  const owners = {
    telegram: chat.telegram as never,
    notifications: createNotificationsRepository(shop.pool),
    users: shop.users,
    adminIds: [OWNER],
  };
  const tellOwners = createTellOwners(owners);
  const panelSyncStates = createPanelSyncStatesRepository(shop.pool);
  const providers = providersOf([aProvider({ ping: () => ask('yookassa') })]);
  const tellOutage = createOutageNotices({
    outages,
    providers,
    waitingForPanel: createWaitingForPanelRepository(shop.pool),
    waitingForProvider: createWaitingForProviderRepository(shop.pool),
    tellOwners,
    now,
    ...owners,
  });
  const { main } = createServiceWatchActivities({
    outages,
    tellOutage,
    tellMissed: async () => 0,
    accessRevocations: createAccessRevocationsRepository(shop.pool),
    checkPanel: createPanelCheck({
      outages,
      catalogue: shop.catalogue,
      panelOf: ({ serverCode }) => ({ ping: () => ask(serverCode) }),
      now,
    }),
    providers,
    checkProvider: createProviderCheck({ outages, now, providers }),
    botStanding: async () => (await ask('telegram'), BOT),
    now,
  });
  return {
    chat,
    outages,
    tellOutage,
    told: () => chat.to(OWNER),
    fail: (name: string, kind: GatewayErrorKind = 'unreachable') => void failing.set(name, kind),
    mend: (name: string) => void failing.delete(name),
    async minutes(count: number) {
      for (let minute = 0; minute < count; minute += 1) {
        await inActivity(() => main.checkServices());
        await inActivity(() => main.tellOutages());
        at += MINUTE_MS;
      }
    },
    check: () => inActivity(() => main.checkServices()),
    /** A run of the panel sync ends so on nl-1. */
    synced: (outcome: RunOutcome['outcome']) =>
      inActivity(() =>
        recordRun({ panelSyncStates, outages, tellOwners, temporalUi: undefined, now }, randomUUID(), {
          serverCode: 'nl-1',
          outcome,
        }),
      ),
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
    expect(notice).toMatch(/One paid order.*₽199/);

    shopNow.mend('nl-1');
    await shopNow.minutes(10);
    expect(shopNow.told()).toHaveLength(2);
    expect(shopNow.told()[1]).toMatch(/Server nl-1 \(Place nl\).*answers again/s);
    // The first message says so, too, and nothing of it can be pressed any more.
    expect(shopNow.told()[0]).toMatch(/Server nl-1 \(Place nl\).*answers again/s);
    expect(shopNow.chat.delivered[0]!.buttons).toBe('{"inline_keyboard":[]}');
    expect(await shop.count('outages', 'ended_at IS NULL')).toBe(0);
  });

  it('away for hours is one message and one at its end, however many runs of the panel sync fail', async () => {
    const shopNow = watched();
    shopNow.fail('nl-1');
    // The first run fails before the outage is told.
    await shopNow.minutes(3);
    await shopNow.synced('away');
    for (let run = 0; run < 6; run += 1) {
      await shopNow.minutes(30);
      await shopNow.synced(run === 3 ? 'still-running' : 'away');
    }
    expect(shopNow.told()).toHaveLength(1);
    shopNow.mend('nl-1');
    await shopNow.minutes(10);
    await shopNow.synced('synced');
    expect(shopNow.told()).toHaveLength(2);
    expect(shopNow.told()[1]).toMatch(/answers again/);
  });

  it('that answers and is not synced is told; an outage after that has its own two messages', async () => {
    const shopNow = watched();
    for (let run = 0; run < 3; run += 1) {
      await shopNow.minutes(30);
      await shopNow.synced('still-running');
    }
    expect(shopNow.told()).toEqual([expect.stringMatching(/nl-1 has not been synced for 3 runs/)]);
    shopNow.fail('nl-1');
    await shopNow.minutes(30);
    await shopNow.synced('away');
    shopNow.mend('nl-1');
    await shopNow.minutes(10);
    await shopNow.synced('synced');
    expect(shopNow.told()).toHaveLength(4);
    expect(shopNow.told()[3]).toMatch(/nl-1 is synced again/);
  });

  it('that is gone for good is not an outage any more, and nobody is told that it is back', async () => {
    const shopNow = watched();
    shopNow.fail('nl-1');
    await shopNow.minutes(7);
    expect(shopNow.told()).toHaveLength(1);
    await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      await shopNow.minutes(10);
      expect(shopNow.told()).toHaveLength(1);
      expect(await shop.count('outages', 'ended_at IS NULL')).toBe(0);
    } finally {
      await shop.pool.query('UPDATE servers SET gone_at = NULL');
    }
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

it('YooKassa away: one message names who waits for what, is kept up to date, and one says that it is over', async () => {
  const withoutLink = await shop.open(await shop.buyer());
  const link = { providerRef: randomUUID(), confirmationUrl: 'https://yoomoney.test/1', payableUntil: new Date() };
  const withLink = await shop.open(await shop.buyer());
  await shop.payments.recordLink(withLink.id, link);
  const refunded = await shop.paid(await shop.buyer());
  await shop.payments.planUndeliveredRefund(refunded.id, { reason: 'operator-refund', askedBy: 'operator:1' });
  const shopNow = watched();
  shopNow.fail('yookassa');
  await shopNow.minutes(10);
  const lineOf = (notice: string, { id }: { id: string }) =>
    notice.split('\n').find((line) => line.includes(id.slice(0, 8)));
  const [notice] = shopNow.told();
  expect(shopNow.told()).toHaveLength(1);
  expect(notice).toContain('<b>Waiting for it</b>: orders without a link: 1; links that may be paid');
  expect(notice).toContain('refunds: 1, ₽199');
  expect(lineOf(notice!, withoutLink)).toContain('waits for a link since');
  expect(lineOf(notice!, withLink)).toContain('has a link since');
  expect(lineOf(notice!, refunded)).toContain('₽199');
  expect(lineOf(notice!, refunded)).toContain('waits for the money back');

  const next = await shop.open(await shop.buyer());
  await shopNow.minutes(2);
  expect(shopNow.told()).toHaveLength(1);
  expect(lineOf(shopNow.told()[0]!, next)).toContain('waits for a link');

  shopNow.mend('yookassa');
  await shopNow.minutes(10);
  expect(shopNow.told()).toHaveLength(2);
  const end = shopNow.told()[1]!;
  expect(end).toContain('YooKassa answers again');
  expect(lineOf(end, refunded)).toContain('waits for the money back');
  expect(lineOf(end, withLink)).toBeUndefined();
  expect(end).toContain('refunds within half an hour');
});

it('YooKassa refusing the key, or a shop that it has closed, is told as what it is', async () => {
  const shopNow = watched();
  shopNow.fail('yookassa', 'refused');
  expect(await shopNow.check()).toMatchObject({ failing: ['yookassa'] });
  await shopNow.minutes(2);
  expect(shopNow.told()).toEqual([expect.stringMatching(/YooKassa refuses the shop.*no links are made/s)]);
});

/** A paid order that waits for a panel. */
async function delayed(serverCode: string, reason = 'panel-unavailable'): Promise<string> {
  const locationCode = serverCode.slice(0, 2);
  const { id } = await shop.paid(await shop.buyer(), { locationCode, serverCode, saysTrouble: true });
  await shop.pool.query(
    `UPDATE payments SET status = 'delayed', reason = $2, paid_at = '2026-03-28T08:50:00Z',
       refund_due_at = '2026-03-29T08:50:00Z' WHERE id = $1`,
    [id, reason],
  );
  return id;
}

describe('the owner’s message', () => {
  it('names who waits for what, since when and until when, and follows who comes and goes', async () => {
    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE status IN ('paid', 'delayed')`);
    const first = await delayed('nl-1');
    const shopNow = watched();
    shopNow.fail('nl-1');
    await shopNow.minutes(7);
    const number = first.slice(0, 8);
    expect(shopNow.told()[0]).toContain(
      `• <code>${number}</code> Plan month, ₽199, buyer <code>`, // the buyer's id is another one each time
    );
    expect(shopNow.told()[0]).toContain(
      'waits for a key since 28 March at 18:50; the money goes back by itself on 29 March at 18:50.',
    );
    const edits = shopNow.chat.edits.length;
    await shopNow.minutes(4);
    expect(shopNow.chat.edits).toHaveLength(edits);

    const second = await delayed('nl-1');
    await shopNow.minutes(1);
    expect(shopNow.told()).toHaveLength(1);
    expect(shopNow.told()[0]).toContain('2 paid orders');
    expect(shopNow.told()[0]).toContain(second.slice(0, 8));

    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE id = ANY($1)`, [[first, second]]);
    await shopNow.minutes(1);
    expect(shopNow.told()).toEqual([expect.stringContaining('No paid order waits for it')]);
    expect(shopNow.chat.delivered[0]!.buttons).not.toContain('retry');
    expect(shopNow.chat.delivered[0]!.buttons).toContain('outage:nl-1:stop');
  });

  it('is one, whichever of two workers tells it, and whenever one is killed', async () => {
    const shopNow = watched();
    shopNow.fail('nl-1');
    await shopNow.check();
    const { id } = (await shopNow.outages.newestOf({ service: 'hiddify', serverCode: 'nl-1' }))!;
    const told = await Promise.all([1, 2, 3].map(() => inActivity(() => shopNow.tellOutage(id))));
    expect(told.filter((how) => how !== 'busy').length).toBeGreaterThan(0);
    expect(shopNow.told()).toHaveLength(1);
    // A worker killed in the middle: another one sends the message once the first one's time is over.
    await shop.pool.query(`UPDATE outages SET telling_until = now() + interval '1 minute', shown = 'old'`);
    expect(await inActivity(() => shopNow.tellOutage(id))).toBe('busy');
    await shop.pool.query(`UPDATE outages SET telling_until = now() - interval '1 second', told_at = NULL`);
    expect(await inActivity(() => shopNow.tellOutage(id))).toBe('told');
    expect(shopNow.told()).toHaveLength(1);
  });

  it('comes with the next check when Telegram was away', async () => {
    let isAway = true;
    const shopNow = watched(() => {
      if (isAway) throw telegramError('unreachable');
    });
    shopNow.fail('de-2', 'refused');
    await expect(shopNow.minutes(1)).rejects.toThrow('unreachable');
    isAway = false;
    await shopNow.minutes(1);
    expect(shopNow.told()).toHaveLength(1);
  });
});

describe('a panel that answers, and makes no keys', () => {
  it('is told with what to do, and that nobody waits any more', async () => {
    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE status IN ('paid', 'delayed')`);
    // They came here from another server, so nobody has told of them.
    const ids = [await delayed('de-1', 'panel-full'), await delayed('de-1')];
    const shopNow = watched();
    await shopNow.minutes(4);
    expect(shopNow.told()).toEqual([expect.stringMatching(/de-1.*makes no new keys.*2 paid orders/s)]);
    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE id = ANY($1)`, [ids]);
    await shopNow.minutes(2);
    expect(shopNow.told()[1]).toMatch(/nobody waits for a key any more/);
    expect(await shop.count('outages', 'ended_at IS NULL')).toBe(0);
  });

  it('is not told again of those who are tried again in a moment: its outage has just ended', async () => {
    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE status IN ('paid', 'delayed')`);
    await delayed('de-1');
    const shopNow = watched();
    shopNow.fail('de-1');
    await shopNow.minutes(7);
    shopNow.mend('de-1');
    await shopNow.minutes(6);
    expect(shopNow.told()).toHaveLength(2);
    expect(shopNow.told()[1]).toContain('What still waits is tried again by itself within five minutes.');
    await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE status = 'delayed'`);
  });
});

describe('a server whose panel makes no keys', () => {
  const AWAY = { kind: 'away', reason: 'hiddify ping: unreachable', code: null } as const;
  const subject = { service: 'hiddify', serverCode: 'de-1' } as const;

  it('is shown to buyers as such from then on, and until it answers: caches are told exactly then', async () => {
    const { outages } = watched();
    const at = new Date('2026-03-28T09:00:00Z');
    const trouble = async () => (await shop.catalogue.activeServers('de')).map((server) => server.trouble);
    expect(await outages.failed(subject, AWAY, at)).toBe('de');
    expect(await outages.failed(subject, AWAY, at)).toBeUndefined();
    expect(await trouble()).toEqual(['away', null]);
    expect(await outages.failed(subject, { ...AWAY, kind: 'refused' }, at)).toBe('de');
    expect(await trouble()).toEqual(['refused', null]);
    expect(await outages.answered(subject, at, 60_000)).toBe('de');
    expect(await trouble()).toEqual([null, null]);
    expect(await outages.answered(subject, at, 60_000)).toBeUndefined();
  });

  it('is not sold without saying so, is taken last by "choose for me", and never by "another server"', async () => {
    const { outages } = watched();
    await outages.failed(subject, AWAY, new Date());
    const buyer = await shop.buyer();
    const draft = shop.draft(buyer, { locationCode: 'de', serverCode: 'de-1' });
    expect(await shop.payments.open(draft)).toEqual({ outcome: 'trouble' });
    expect(await shop.payments.open({ ...draft, saysTrouble: true })).toMatchObject({ outcome: 'created' });
    // It has more room than the other one.
    expect((await shop.open(await shop.buyer(), { locationCode: 'de', serverCode: null })).serverCode).toBe('de-2');
    const { id } = await shop.paid(await shop.buyer(), { locationCode: 'de', serverCode: 'de-2' });
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(false);
    await outages.answered(subject, new Date(), 0);
    expect(await shop.payments.changeServer(id, randomUUID())).toBe(true);
  });

  it('says so of a renewal, too', async () => {
    const { outages } = watched();
    const first = await shop.issued(await shop.buyer(), { locationCode: 'de', serverCode: 'de-1' });
    await outages.failed(subject, AWAY, new Date());
    const draft = shop.draft(first.userId, { renewsSubscriptionId: first.subscriptionId });
    expect(await shop.payments.open(draft)).toEqual({ outcome: 'trouble' });
    expect(await shop.payments.open({ ...draft, saysTrouble: true })).toMatchObject({ outcome: 'created' });
  });

  it('or on which the owner has stopped selling, is not sold, nor renewed, whatever the catalogue says', async () => {
    const first = await shop.issued(await shop.buyer(), { locationCode: 'nl', serverCode: 'nl-1' });
    await shop.catalogue.setSaleStopped('nl-1', true, 'operator:1');
    await applyCatalogue(shop.pool, catalogue());
    expect((await shop.catalogue.activeLocations()).map(({ code }) => code)).not.toContain('nl');
    for (const change of [{ locationCode: 'nl' }, { renewsSubscriptionId: first.subscriptionId }])
      expect(await shop.payments.open(shop.draft(first.userId, change))).toEqual({ outcome: 'unavailable' });
    await shop.catalogue.setSaleStopped('nl-1', false, 'operator:1');
    expect((await shop.catalogue.activeServers('nl')).map(({ code }) => code)).toEqual(['nl-1']);
  });
});
