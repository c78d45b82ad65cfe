/**
 * The end of a subscription, on a real database and a panel stand-in: expired once, told once, and a renewal always
 * wins.
 */
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import { createExpiryActivities } from '../../src/jobs/expiry/activities';
import { panelStateOf } from '../../src/activities/panelState';
import type { HiddifyPanel } from '../../src/gateways/hiddify';
import { createPanelDeactivationsRepository } from '../../src/storage/postgres/panelDeactivations';
import { startPanel, type TestPanel } from '../gateways/hiddify/panel';
import { useShop } from '../storage/postgres/shopDatabase';
import { bulkDeps, createChat, endingSubscription, inActivity, NINE } from './fakes';

const shop = useShop();
let panel: TestPanel;
beforeAll(async () => {
  panel = await startPanel('14.0.5');
});
beforeEach(async () => {
  await shop.pool.query(
    `TRUNCATE notifications; UPDATE subscriptions SET status = 'revoked', panel_deactivation_started_at = NULL`,
  );
  await panel.sim('POST', 'reset');
});

const ENDED = new Date(NINE.getTime() - 3_600_000);

function service({
  graceMs = 0,
  client = panel.panel,
  chat = createChat(),
}: { graceMs?: number; client?: HiddifyPanel; chat?: ReturnType<typeof createChat> } = {}) {
  const invalidated: number[] = [];
  const panelDeactivations = createPanelDeactivationsRepository(shop.pool);
  const { main, bulk } = createExpiryActivities({
    ...bulkDeps(shop, chat),
    panelDeactivations,
    subscriptions: shop.subscriptions,
    catalogue: shop.catalogue,
    bulkPanelOf: () => client,
    tellOwners: async () => ({ told: true }),
    settings: { SUBSCRIPTION_GRACE: graceMs },
    cacheInvalidation: { invalidatePurchase: async ({ userId }) => void invalidated.push(userId) },
  });
  return {
    chat,
    panelDeactivations,
    invalidated,
    expire: () => main.expireSubscriptions(),
    onPanel: () => inActivity(() => main.deactivateOnPanel({ serverCode: 'nl-1' })),
    tell: () => inActivity(() => bulk.sendExpiryNotices({ after: null })),
    servers: async () => (await main.serversToDeactivate()).servers,
  };
}

/** A subscription of somebody, known to the panel as delivered. */
async function delivered(endsAt = ENDED) {
  const one = await endingSubscription(shop, endsAt);
  const view = (await shop.subscriptions.byId(one.id))!;
  await panel.panel.ensureUser(panelStateOf(view, 0));
  return {
    ...one,
    panelUserId: view.panelUserId,
    expiresAt: endsAt,
    enabled: async () => (await panel.panel.getUser(view.panelUserId))!.enable,
    status: async () => (await shop.subscriptions.byId(one.id))!.status,
  };
}

async function renew(one: { userId: number; id: string }): Promise<string> {
  const renewal = await shop.open(one.userId, {
    planCode: 'unlimited',
    priceKopecks: 39_900,
    locationCode: 'nl',
    renewsSubscriptionId: one.id,
  });
  await shop.recordPaid(renewal.id, NINE);
  return renewal.id;
}

describe('the end of a subscription', () => {
  it('ends it in the database and on the panel, tells the buyer once with a button to renew; a second run does nothing', async () => {
    const ended = await delivered();
    const running = await delivered(new Date(NINE.getTime() + DAY_MS));
    const run = service();
    expect(await run.expire()).toEqual({ expired: 1, more: false });
    expect(await run.servers()).toEqual([{ serverCode: 'nl-1', accounts: 1 }]);
    expect(await run.onPanel()).toEqual({ deactivated: 1, reactivated: 0 });
    expect((await run.tell()).counts.sent).toBe(1);
    expect(await ended.status()).toBe('expired');
    expect(await ended.enabled()).toBe(false);
    expect(run.chat.delivered).toEqual([
      expect.objectContaining({
        userId: ended.userId,
        text: expect.stringContaining('Подписка закончилась'),
        buttons: expect.stringContaining(`v1:renew:${ended.id}`),
      }),
    ]);
    expect(run.invalidated).toEqual([ended.userId]);
    expect(await running.enabled()).toBe(true);

    expect(await run.expire()).toEqual({ expired: 0, more: false });
    expect(await run.servers()).toEqual([]);
    const writes = (await panel.calls()).filter((call) => call.startsWith('PATCH')).length;
    expect(await run.onPanel()).toEqual({ deactivated: 0, reactivated: 0 });
    expect((await panel.calls()).filter((call) => call.startsWith('PATCH'))).toHaveLength(writes);
    expect((await run.tell()).counts).toMatchObject({ sent: 0, sentBefore: 1 });
  });

  it('run twice at the same time: expired once, told once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => delivered()));
    const run = service();
    const summaries = await Promise.all([run.expire(), run.expire()]);
    expect(summaries[0].expired + summaries[1].expired).toBe(10);
    await Promise.all([run.onPanel(), run.onPanel()]);
    await Promise.all([run.tell(), run.tell()]);
    expect(run.chat.delivered).toHaveLength(10);
    expect(await run.servers()).toEqual([]);
  });

  it('waits for the grace period, if there is one', async () => {
    const one = await delivered();
    expect(await service({ graceMs: 2 * 3_600_000 }).expire()).toMatchObject({ expired: 0 });
    expect(await one.status()).toBe('active');
    expect(await service({ graceMs: 3_600_000 }).expire()).toMatchObject({ expired: 1 });
  });

  it('the panel is away: expired and told all the same, and the panel hears of it when it is back', async () => {
    const one = await delivered();
    const run = service();
    await run.expire();
    await panel.faults({ down: true });
    await expect(run.onPanel()).rejects.toThrow('hiddify');
    expect((await run.tell()).counts.sent).toBe(1);
    expect(await run.servers()).toEqual([{ serverCode: 'nl-1', accounts: 1 }]);
    await panel.faults({ down: null });
    expect(await run.onPanel()).toEqual({ deactivated: 1, reactivated: 0 });
    expect(await one.enabled()).toBe(false);
  });

  it('the panel does not know the account: it lets nobody in, which is what was wanted', async () => {
    const one = await delivered();
    await panel.panel.removeUser(one.panelUserId);
    const run = service();
    await run.expire();
    expect(await run.onPanel()).toEqual({ deactivated: 1, reactivated: 0 });
    expect(await run.servers()).toEqual([]);
  });
});

describe('a renewal', () => {
  it('recorded before the deactivation: nothing is deactivated, nothing is said', async () => {
    const one = await delivered();
    await renew(one);
    const run = service();
    expect(await run.expire()).toMatchObject({ expired: 0 });
    expect((await run.tell()).counts.sent).toBe(0);
  });

  it('recorded while the panel is being told "disable": the account works at the end', async () => {
    const one = await delivered();
    const slow: HiddifyPanel = {
      ...panel.panel,
      async setEnabled(uuid, on, signal) {
        const renewal = await renew(one);
        await panel.panel.ensureUser(panelStateOf((await shop.subscriptions.byId(one.id))!, 0));
        await shop.deliver(renewal);
        return panel.panel.setEnabled(uuid, on, signal);
      },
    };
    const run = service({ client: slow });
    await run.expire();
    expect(await run.onPanel()).toEqual({ deactivated: 0, reactivated: 1 });
    expect(await one.enabled()).toBe(true);
    expect(await one.status()).toBe('active');
    expect((await run.tell()).counts.sent).toBe(0);
  });

  it('recorded between "disable" and the death of the worker: the next run finds the mark and enables the account again', async () => {
    const one = await delivered();
    const run = service();
    await run.expire();
    expect(await run.panelDeactivations.begin({ subscriptionId: one.id, expiresAt: one.expiresAt })).toBe(true);
    await panel.panel.setEnabled(one.panelUserId, false);
    await renew(one);
    expect(await run.servers()).toEqual([{ serverCode: 'nl-1', accounts: 1 }]);
    expect(await run.onPanel()).toEqual({ deactivated: 0, reactivated: 1 });
    expect(await one.enabled()).toBe(true);
    expect(await run.servers()).toEqual([]);
  });

  it('that ends in its turn is expired and told again: it is another end', async () => {
    const one = await delivered();
    const run = service();
    await run.expire();
    await run.onPanel();
    await run.tell();
    await shop.deliver(await renew(one));
    await shop.pool.query('UPDATE subscriptions SET expires_at = $2 WHERE id = $1', [
      one.id,
      new Date(ENDED.getTime() + 1_000),
    ]);
    expect(await run.expire()).toMatchObject({ expired: 1 });
    expect(await run.onPanel()).toMatchObject({ deactivated: 1 });
    expect((await run.tell()).counts.sent).toBe(1);
    expect(run.chat.to(one.userId)).toHaveLength(2);
  });
});
