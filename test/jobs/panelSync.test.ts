/** What the sync makes of what a panel shows, on a real database and a panel stand-in. */
import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import { panelStateOf } from '../../src/activities/panelState';
import { createPanelSyncActivities } from '../../src/jobs/panelSync/activities';
import { GatewayError } from '../../src/gateways/errors';
import type { RunOutcome } from '../../src/jobs/panelSync/contract';
import type { HiddifyPanel, PanelUser } from '../../src/gateways/hiddify';
import { LATE_WRITE_MS } from '../../src/storage/postgres/accessRevocations';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { createPanelDeactivationsRepository } from '../../src/storage/postgres/panelDeactivations';
import { createPanelSyncRepository } from '../../src/storage/postgres/panelSync';
import { createTrafficLimitsRepository } from '../../src/storage/postgres/trafficLimits';
import { createPanelSyncStatesRepository } from '../../src/storage/postgres/panelSyncStates';
import { startPanel, type TestPanel } from '../gateways/hiddify/panel';
import { useShop } from '../storage/postgres/shopDatabase';
import { endingSubscription, inActivity } from './fakes';

const shop = useShop();
let panel: TestPanel;
beforeAll(async () => {
  panel = await startPanel('14.0.5');
});
beforeEach(async () => {
  await shop.pool.query(
    `TRUNCATE panel_drift, panel_samples, panel_sync_states, subscription_usage, access_revocations; UPDATE subscriptions SET status = 'revoked'`,
  );
  await panel.sim('POST', 'reset');
  told.clear();
});

/** Subjects that the owner was told about, as `notifications` remembers them. */
const told = new Set<string>();

const service = (client: HiddifyPanel = panel.panel) => {
  const notices: string[] = [];
  const { main: activities } = createPanelSyncActivities({
    panelSync: createPanelSyncRepository(shop.pool),
    panelDeactivations: createPanelDeactivationsRepository(shop.pool),
    accessRevocations: shop.revocations,
    subscriptions: shop.subscriptions,
    catalogue: shop.catalogue,
    bulkPanelOf: () => client,
    panelSyncStates: createPanelSyncStatesRepository(shop.pool),
    outages: createOutagesRepository(shop.pool),
    trafficLimits: createTrafficLimitsRepository(shop.pool),
    tellOwners: async (_kind, subject, screen) => {
      if (!told.has(subject)) notices.push(screen('en', 'Europe/Moscow').text);
      told.add(subject);
      return { told: true };
    },
    temporalUi: undefined,
    now: () => new Date(),
    settings: { PANEL_SYNC_MAX_CHANGES: 0.2, SUBSCRIPTION_GRACE: 0 },
  });
  const runId: string = randomUUID();
  const input = { serverCode: 'nl-1', runId };
  return {
    notices,
    read: () => inActivity(() => activities.readPanel(input)),
    limit: () => inActivity(() => activities.limitTraffic({ serverCode: 'nl-1' })),
    repair: () => inActivity(() => activities.repairPanel(input)),
    revokeAgain: () => inActivity(() => activities.revokeAgain({ serverCode: 'nl-1' })),
    record: (run: Omit<RunOutcome, 'serverCode'>, id = runId) =>
      inActivity(() => activities.recordRun({ runId: id, serverCode: 'nl-1', ...run })),
    toSync: () => inActivity(() => activities.panelsToSync()),
  };
};

/** A client of the panel that changes what its list shows. */
const listing = (shown: (users: readonly PanelUser[]) => PanelUser[]): HiddifyPanel => ({
  ...panel.panel,
  async readAccounts(known, signal) {
    const accounts = await panel.panel.readAccounts(known, signal);
    return { ...accounts, users: shown(accounts.users) };
  },
});

async function customers(count: number) {
  const all = [];
  for (let i = 0; i < count; i += 1) {
    const one = await endingSubscription(shop, new Date(Date.now() + 10 * DAY_MS));
    const view = (await shop.subscriptions.byId(one.id))!;
    await panel.panel.ensureUser(panelStateOf(view, 0));
    all.push({ ...one, uuid: view.panelUserId, shown: () => panel.panel.getUser(view.panelUserId) });
  }
  return all;
}
const patch = (uuid: string, body: object) =>
  fetch(`${panel.simulator.adminUrl}/api/v2/admin/user/${uuid}/`, {
    method: 'PATCH',
    headers: {
      'Hiddify-API-Key': panel.simulator.apiKey,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify(body),
  });
const writes = async () => (await panel.calls()).filter((call) => !call.startsWith('GET')).length;

describe('a panel that is as the database says', () => {
  it('usage, status and load come into the database; the panel is not written to; a second time nothing is rewritten', async () => {
    const [one] = await customers(5);
    await panel.sim('POST', `users/${one!.uuid}/traffic`, { bytes: 2 * 1024 ** 3 });
    const before = await writes();
    const run = service();
    expect(await run.read()).toEqual({
      ours: 5,
      theirs: 5,
      repairs: 0,
      written: 5,
      drift: {},
      needsApproval: false,
      toLimit: 0,
      isWhole: true,
      unreadable: 0,
      forAPerson: null,
    });
    expect((await shop.row('subscription_usage', 'subscription_id = $1', one!.id))['used_gb']).toBeCloseTo(2);
    expect(await shop.row('panel_samples', 'true')).toMatchObject({
      users: 5,
      traffic_gb: expect.closeTo(2),
      free_places: null,
      online: expect.any(Number),
      cpu_percent: expect.any(Number),
      memory_used: expect.any(Number),
      disk_used: expect.any(Number),
    });
    expect((await service().read()).written).toBe(0);
    expect(await writes()).toBe(before);
  });
});

describe('free places', () => {
  it('are counted as the shop counts them when it sells: subscriptions, and links that can still be paid', async () => {
    await shop.pool.query(`UPDATE servers SET capacity = 10 WHERE code = 'nl-1'`);
    await customers(3);
    await shop.open(await shop.buyer(), { serverCode: 'nl-1' });
    await service().read();
    const [sold] = await shop.catalogue.activeServers('nl');
    expect(await shop.row('panel_samples', 'true')).toMatchObject({ free_places: sold!.freePlaces });
    expect(sold!.freePlaces).toBe(6);
    await shop.pool.query(
      `UPDATE servers SET capacity = NULL WHERE code = 'nl-1'; UPDATE payments SET status = 'canceled' WHERE status = 'created'`,
    );
  });
});

describe('drift', () => {
  it('missing, switched off and shortened accounts are set right, strangers are never touched', async () => {
    const [gone, off, shorter, fine] = await customers(20);
    await panel.panel.removeUser(gone!.uuid);
    await patch(off!.uuid, { enable: false });
    await patch(shorter!.uuid, { package_days: 3, start_date: '2026-01-01' });
    const stranger = randomUUID();
    await panel.panel.ensureUser({
      uuid: stranger,
      name: 'Vasya',
      comment: 'paid cash',
      startDate: '2026-01-01',
      packageDays: 5,
      usageLimitGb: 1,
      enable: false,
    });
    const strangerBefore = await panel.panel.getUser(stranger);
    const run = service();
    expect(await run.read()).toMatchObject({
      ours: 20,
      theirs: 20,
      repairs: 3,
      drift: { missing: 1, 'disabled-there': 1, 'expiry-differs': 1, 'unknown-user': 1 },
      needsApproval: false,
    });
    expect(await run.repair()).toEqual({ repaired: 3, outdated: 0, refused: 0 });
    for (const one of [gone, off, shorter, fine])
      expect(await one!.shown()).toMatchObject({ enable: true, isActive: true });
    expect(await panel.panel.getUser(stranger)).toEqual(strangerBefore);
    expect(await service().read()).toMatchObject({ repairs: 0, drift: { 'unknown-user': 1 } });
  });

  it('an ended one switched on again is closed again', async () => {
    const [one] = await customers(1);
    await shop.pool.query(
      `UPDATE subscriptions SET status = 'expired', panel_deactivated_for = expires_at WHERE id = $1`,
      [one!.id],
    );
    const run = service();
    expect(await run.read()).toMatchObject({ drift: { 'enabled-though-ended': 1 } });
    await run.repair();
    expect((await one!.shown())!.enable).toBe(false);
  });

  it('an account that lives on under another uuid is for a person: no second one is made', async () => {
    const [one] = await customers(5);
    const elsewhere = randomUUID();
    await patch(one!.uuid, { uuid: elsewhere });
    const run = service();
    expect(await run.read()).toMatchObject({ repairs: 0, drift: { 'uuid-changed': 1 } });
    expect(await run.repair()).toEqual({ repaired: 0, outdated: 0, refused: 0 });
    expect(await one!.shown()).toBeNull();
    expect((await panel.panel.listUsers()).length).toBe(5);
  });

  it('that only a person can put right is told to the owner by the run that finds it, once for the same accounts', async () => {
    const [renamed, alias] = await customers(5);
    await patch(renamed!.uuid, { uuid: randomUUID() });
    const run = service();
    for (const id of ['one', 'two']) await run.record({ outcome: 'synced', reading: await run.read() }, id);
    expect(run.notices).toEqual([
      expect.stringMatching(/nl-1 has accounts that only you can put right[^]*living access under another id: 1/),
    ]);
    await shop.pool.query(`UPDATE subscriptions SET server_code = 'de-1' WHERE id = $1`, [alias!.id]);
    for (const id of ['three', 'four']) await run.record({ outcome: 'synced', reading: await run.read() }, id);
    expect(run.notices).toHaveLength(2);
    expect(run.notices[1]).toMatch(/under another id: 1[^]*belongs to another server: 1/);
    // It is put right, and then the same comes back.
    const reading = await run.read();
    const mended = { ...reading, forAPerson: null, drift: {} };
    await run.record({ outcome: 'synced', reading: mended }, 'five');
    for (const id of ['six', 'seven']) await run.record({ outcome: 'synced', reading }, id);
    expect(run.notices).toHaveLength(3);
  });

  it('an account whose money went back is ours whatever its state: it is removed', async () => {
    const [refunded, ...others] = await customers(5);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [refunded!.id]);
    const run = service();
    expect(await run.read()).toMatchObject({ ours: 4, repairs: 1, drift: { 'present-though-revoked': 1 } });
    expect(await run.repair()).toEqual({ repaired: 1, outdated: 0, refused: 0 });
    expect(await refunded!.shown()).toBeNull();
    for (const one of others) expect(await one.shown()).toMatchObject({ enable: true });
    expect(await service().read()).toMatchObject({ repairs: 0, drift: {} });
  });

  it('a second account of one that has moved to another server is removed, one that was never moved is for a person', async () => {
    const [moved, alias] = await customers(5);
    await shop.pool.query(`UPDATE subscriptions SET server_code = 'de-1' WHERE id = ANY($1)`, [[moved!.id, alias!.id]]);
    await shop.revocations.reopenOn(moved!.paymentId, { serverCode: 'nl-1', panelUserId: moved!.uuid });
    const open = service();
    expect(await open.read()).toMatchObject({ repairs: 0, drift: { 'on-another-server': 1 } });
    await shop.pool.query('UPDATE access_revocations SET confirmed_at = now(), done_at = now()');
    const run = service();
    expect(await run.read()).toMatchObject({
      repairs: 1,
      drift: { 'present-though-revoked': 1, 'on-another-server': 1 },
    });
    expect(await run.repair()).toEqual({ repaired: 1, outdated: 0, refused: 0 });
    expect(await moved!.shown()).toBeNull();
    expect(await alias!.shown()).toMatchObject({ enable: true });
  });

  it('one that carries the reference of an ended or refunded one under another uuid is switched off', async () => {
    const [ended, refunded] = await customers(5);
    const elsewhere = [randomUUID(), randomUUID()];
    await patch(ended!.uuid, { uuid: elsewhere[0] });
    await patch(refunded!.uuid, { uuid: elsewhere[1] });
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [ended!.id]);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [refunded!.id]);
    const run = service();
    expect(await run.read()).toMatchObject({ repairs: 2, drift: { 'enabled-under-another-uuid': 2 } });
    expect(await run.repair()).toEqual({ repaired: 2, outdated: 0, refused: 0 });
    for (const uuid of elsewhere) expect(await panel.panel.getUser(uuid)).toMatchObject({ enable: false });
    expect(await service().read()).toMatchObject({ repairs: 0 });
  });

  it('what was deactivated between reading and repairing is left alone', async () => {
    const [one] = await customers(3);
    await patch(one!.uuid, { enable: false });
    const run = service();
    await run.read();
    await shop.pool.query(
      `UPDATE subscriptions SET status = 'expired', panel_deactivated_for = expires_at WHERE id = $1`,
      [one!.id],
    );
    expect(await run.repair()).toEqual({ repaired: 0, outdated: 1, refused: 0 });
    expect((await one!.shown())!.enable).toBe(false);
  });

  it('one that the panel does not take is left; the others are set right all the same', async () => {
    const [odd, off] = await customers(3);
    await patch(odd!.uuid, { enable: false });
    await patch(off!.uuid, { enable: false });
    const refusal = new GatewayError('hiddify ensureUser: not taken', {
      service: 'hiddify',
      kind: 'refused',
      operation: 'ensureUser',
      code: 'invalid',
    });
    const run = service({
      ...panel.panel,
      ensureUser: async (state, signal) => {
        if (state.uuid === odd!.uuid) throw refusal;
        return panel.panel.ensureUser(state, signal);
      },
    });
    await run.read();
    expect(await run.repair()).toEqual({ repaired: 1, outdated: 0, refused: 1 });
    expect(await odd!.shown()).toMatchObject({ enable: false });
    expect(await off!.shown()).toMatchObject({ enable: true });
  });

  it('one with more days or traffic than a panel counts does not stop the others', async () => {
    const [one, off] = await customers(3);
    await shop.pool.query(
      `UPDATE subscriptions SET starts_at = starts_at - interval '12000 days', traffic_gb = 1000000,
         unlimited_until = NULL WHERE id = $1`,
      [one!.id],
    );
    await patch(off!.uuid, { enable: false });
    const run = service();
    expect(await run.read()).toMatchObject({ repairs: 2, drift: { 'expiry-differs': 1, 'disabled-there': 1 } });
    expect(await run.repair()).toEqual({ repaired: 2, outdated: 0, refused: 0 });
    expect(await one!.shown()).toMatchObject({ isActive: true, packageDays: 10_000, usageLimitGb: null });
    expect(await service().read()).toMatchObject({ repairs: 0 });
  });

  it('a renewal that is being delivered is not judged', async () => {
    const [one] = await customers(1);
    const renewal = await shop.open(one!.userId, {
      planCode: 'unlimited',
      priceKopecks: 39_900,
      locationCode: 'nl',
      renewsSubscriptionId: one!.id,
    });
    await shop.recordPaid(renewal.id);
    expect(await service().read()).toMatchObject({ repairs: 0, drift: {} });
  });
});

describe('unlimited time that is over while the subscription goes on', () => {
  /** An unlimited month that ended a minute ago, renewed by 100 GB before. */
  async function renewedByTheGb() {
    const one = await endingSubscription(shop, new Date(Date.now() - 60_000));
    const renewal = await shop.open(one.userId, { locationCode: 'nl', renewsSubscriptionId: one.id });
    await shop.recordPaid(renewal.id, new Date(Date.now() - 2 * DAY_MS));
    await shop.deliver(renewal.id);
    const view = async () => (await shop.subscriptions.byId(one.id))!;
    const { panelUserId } = await view();
    await panel.panel.ensureUser(panelStateOf(await view(), 0));
    await panel.sim('POST', `users/${panelUserId}/traffic`, { bytes: 700.5 * 1024 ** 3 });
    return { ...one, view, shown: () => panel.panel.getUser(panelUserId) };
  }

  it('leaves what was bought by the GB, beyond all that was used until then; the panel and the database agree', async () => {
    const one = await renewedByTheGb();
    expect(await one.shown()).toMatchObject({ usageLimitGb: null });
    expect(await service().read()).toMatchObject({ toLimit: 1, repairs: 0 });
    expect(await service().limit()).toEqual({ limited: 1 });
    expect(await one.view()).toMatchObject({ trafficGb: 801, unlimitedUntil: null, laterTrafficGb: 0 });
    expect(await one.shown()).toMatchObject({ usageLimitGb: 801, isActive: true });
    expect(await service().read()).toMatchObject({ toLimit: 0, repairs: 0 });
    expect(await service().limit()).toEqual({ limited: 0 });
  });

  it('that could not be told to the panel is repaired by the next run', async () => {
    const one = await renewedByTheGb();
    const away = async () => {
      throw new GatewayError('hiddify ensureUser: away', {
        service: 'hiddify',
        kind: 'unknown-outcome',
        operation: 'ensureUser',
        code: 'server-error',
      });
    };
    await expect(service({ ...panel.panel, ensureUser: away }).limit()).rejects.toThrow('away');
    const run = service();
    expect(await run.read()).toMatchObject({ toLimit: 0, repairs: 1 });
    await run.repair();
    expect(await one.shown()).toMatchObject({ usageLimitGb: 801 });
  });

  it('goes on when it was prolonged meanwhile', async () => {
    const one = await renewedByTheGb();
    const more = await shop.open(one.userId, {
      planCode: 'unlimited',
      priceKopecks: 39_900,
      locationCode: 'nl',
      renewsSubscriptionId: one.id,
    });
    await shop.recordPaid(more.id);
    await shop.deliver(more.id);
    expect(await service().limit()).toEqual({ limited: 0 });
    expect(await one.view()).toMatchObject({ trafficGb: null, laterTrafficGb: 100 });
  });
});

describe('a revocation', () => {
  it('whose panel has confirmed it stays open until no earlier write can land, and each run tells the panel again', async () => {
    const [one] = await customers(2);
    const view = (await shop.subscriptions.byId(one!.id))!;
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [one!.id]);
    await shop.revocations.reopenOn(one!.paymentId, { serverCode: 'nl-1', panelUserId: one!.uuid });
    expect((await service().toSync()).withRevocations).toEqual(['nl-1']);
    expect(await service().revokeAgain()).toEqual({ revoked: 1 });
    expect(await one!.shown()).toBeNull();
    // A delivery that was sent before all that arrives now.
    await panel.panel.ensureUser(panelStateOf(view, 0));
    expect(await service().revokeAgain()).toEqual({ revoked: 1 });
    expect(await one!.shown()).toBeNull();
    await shop.pool.query("UPDATE access_revocations SET created_at = created_at - $1 * interval '1 millisecond'", [
      LATE_WRITE_MS,
    ]);
    expect(await service().revokeAgain()).toEqual({ revoked: 1 });
    expect(await service().revokeAgain()).toEqual({ revoked: 0 });
    expect((await service().toSync()).withRevocations).toEqual([]);
  });

  it('that was opened again while its panel was being told is not confirmed by that', async () => {
    const [one] = await customers(1);
    const account = { serverCode: 'nl-1', panelUserId: one!.uuid };
    await shop.revocations.reopenOn(one!.paymentId, account);
    const [before] = await shop.revocations.unconfirmedOf(one!.paymentId);
    await shop.pool.query(`UPDATE access_revocations SET created_at = created_at + interval '1 second'`);
    await shop.revocations.confirmed(before!);
    expect(await shop.revocations.unconfirmedOf(one!.paymentId)).toHaveLength(1);
  });
});

describe('a panel that fails its whole list because of one damaged row', () => {
  it('is read one by one: usage comes in, differences are set right, the owner is told once', async () => {
    const [damaged, off, gone, refunded] = await customers(6);
    await patch(off!.uuid, { enable: false });
    await panel.panel.removeUser(gone!.uuid);
    await shop.pool.query(`UPDATE subscriptions SET status = 'revoked' WHERE id = $1`, [refunded!.id]);
    await shop.revocations.reopenOn(refunded!.paymentId, { serverCode: 'nl-1', panelUserId: refunded!.uuid });
    await shop.pool.query('UPDATE access_revocations SET confirmed_at = now(), done_at = now()');
    await panel.faults({ damagedRow: damaged!.uuid });
    const run = service();
    const reading = await run.read();
    expect(reading).toMatchObject({
      isWhole: false,
      unreadable: 1,
      ours: 5,
      written: 3,
      repairs: 3,
      drift: { 'disabled-there': 1, missing: 1, 'present-though-revoked': 1 },
      needsApproval: false,
    });
    expect(await run.repair()).toEqual({ repaired: 3, outdated: 0, refused: 0 });
    expect(await off!.shown()).toMatchObject({ enable: true });
    expect(await gone!.shown()).toMatchObject({ enable: true });
    expect(await refunded!.shown()).toBeNull();
    for (const id of ['one', 'two']) await run.record({ outcome: 'synced', reading }, id);
    expect(run.notices).toEqual([expect.stringMatching(/nl-1.*can’t give its list[^]*1 account of the shop can’t/)]);
    await panel.faults({ damagedRow: null });
    await run.record({ outcome: 'synced', reading: await run.read() }, 'three');
    expect(await shop.row('panel_sync_states', 'true')).toMatchObject({ list_failing_since: null });
  });

  it('whose damaged row is a stranger’s loses nothing', async () => {
    const all = await customers(3);
    await panel.faults({ listCorrupt: true });
    expect(await service().read()).toMatchObject({ isWhole: false, unreadable: 0, written: 3, repairs: 0, drift: {} });
    await panel.faults({ listCorrupt: null });
    for (const one of all) expect(await one.shown()).toMatchObject({ enable: true });
  });
});

describe('a panel that is not synced', () => {
  const away = { outcome: 'away', reason: 'hiddify listUsers: ECONNREFUSED' } as const;

  it('for three runs is told to the owner, once; and that it is synced again', async () => {
    const run = service();
    await run.record(away, 'one');
    await run.record(away, 'two');
    // A repeat of the same run counts once.
    await run.record(away, 'two');
    expect(run.notices).toEqual([]);
    await run.record({ outcome: 'still-running' }, 'three');
    await run.record(away, 'four');
    expect(run.notices).toEqual([expect.stringMatching(/nl-1 has not been synced for 3 runs[^]*not ended yet/)]);
    await run.record({ outcome: 'synced' }, 'five');
    await run.record({ outcome: 'synced' }, 'six');
    expect(run.notices).toHaveLength(2);
    expect(run.notices[1]).toMatch(/nl-1 is synced again/);
    // Another outage is another one.
    for (const id of ['seven', 'eight', 'nine']) await run.record(away, id);
    expect(run.notices).toHaveLength(3);
    expect(run.notices[2]).toContain('ECONNREFUSED');
  });

  it('because it waits for the owner is not told a second time', async () => {
    const run = service();
    await run.record({ outcome: 'waiting-for-operator' }, 'one');
    for (const id of ['two', 'three', 'four', 'five']) await run.record({ outcome: 'still-running' }, id);
    expect(run.notices).toEqual([]);
  });
});

describe('a panel that cannot be believed', () => {
  it('an empty list: everything would be "missing", so nothing is changed before somebody allows it', async () => {
    await customers(4);
    await panel.sim('POST', 'reset');
    const before = await writes();
    expect(await service().read()).toMatchObject({ ours: 4, theirs: 0, repairs: 4, needsApproval: true });
    expect(await writes()).toBe(before);
  });

  it('half a list asks too', async () => {
    const all = await customers(20);
    for (const { uuid } of all.slice(0, 10)) await panel.panel.removeUser(uuid);
    expect(await service().read()).toMatchObject({ repairs: 10, needsApproval: true });
  });

  it('a list that leaves out a few who are there: each is looked at by itself before it is made again, so nothing is written', async () => {
    const all = await customers(20);
    const forgotten = new Set(all.slice(0, 3).map(({ uuid }) => uuid));
    const run = service(listing((users) => users.filter(({ uuid }) => !forgotten.has(uuid))));
    expect(await run.read()).toMatchObject({ repairs: 3, drift: { missing: 3 }, needsApproval: false });
    const before = await writes();
    expect(await run.repair()).toEqual({ repaired: 3, outdated: 0, refused: 0 });
    expect(await writes()).toBe(before);
  });

  it('the same account twice in one list counts once', async () => {
    await customers(3);
    const doubled = service(listing((users) => users.flatMap((user) => [user, user])));
    expect(await doubled.read()).toMatchObject({ ours: 3, repairs: 0, written: 3, drift: {} });
  });

  it.each([
    ['nonsense', { nonsense: true }],
    ['a cut-off list', { nonsense: 'truncated' }],
    ['a dead line', { down: true }],
    ['the web server’s 502', { error502: true }],
  ])('%s: the run fails and has changed nothing', async (_name, fault) => {
    const [one] = await customers(2);
    await service().read();
    await panel.faults(fault);
    await expect(service().read()).rejects.toThrow('hiddify');
    await panel.faults(Object.fromEntries(Object.keys(fault).map((key) => [key, null])));
    expect(await shop.count('panel_drift', 'true')).toBe(0);
    expect(await shop.count('subscription_usage', 'true')).toBe(2);
    expect(await one!.shown()).toMatchObject({ enable: true });
  });

  it('a panel whose clock is off by a day shows no drift: the days we told it are the days it shows', async () => {
    await customers(3);
    await panel.sim('PUT', 'clock', { offsetMs: DAY_MS });
    expect(await service().read()).toMatchObject({ repairs: 0, drift: {} });
  });
});
