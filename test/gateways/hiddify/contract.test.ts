/**
 * What the shop relies on, whatever the panel's version. Runs against the simulated families and, when HIDDIFY_BASE_URL
 * (`https://host/<admin path>`) and HIDDIFY_API_KEY are set, against a real panel; it only touches accounts that it
 * makes.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HiddifyPanel, PanelUserState } from '../../../src/gateways/hiddify';
import { clientOf, month, startPanel, VERSIONS, type TestPanel } from './panel';

const realUrl = process.env['HIDDIFY_BASE_URL'];
const realKey = process.env['HIDDIFY_API_KEY'];
const panels: [string, string | undefined][] = VERSIONS.map((version) => [`simulator ${version}`, version]);
if (realUrl && realKey) panels.push(['real panel', undefined]);

/** Today on this machine: dates far from it would meet the panel's own resets and ends. */
const today = new Date().toISOString().slice(0, 10);

describe.each(panels)('%s', (_name, version) => {
  let simulated: TestPanel | undefined;
  let panel: HiddifyPanel;
  const made: string[] = [];

  const customer = (change: Partial<PanelUserState> = {}): PanelUserState => {
    const state = month({ startDate: today, ...change });
    made.push(state.uuid);
    return state;
  };

  beforeAll(async () => {
    simulated = version === undefined ? undefined : await startPanel(version);
    panel = simulated?.panel ?? clientOf({ adminUrl: realUrl!, apiKey: realKey! });
  });
  afterAll(async () => {
    for (const uuid of made) await panel.removeUser(uuid);
    await simulated?.simulator.close();
  });

  it('tells its version and family', async () => {
    const info = await panel.info();
    expect(info.version).toMatch(/^\d+\.\d+/);
    expect(['A', 'B', 'C']).toContain(info.family);
    if (version !== undefined)
      expect(info).toEqual({ version, family: version.startsWith('14') ? 'C' : version.startsWith('13') ? 'B' : 'A' });
  });

  it('answers a ping and its load', async () => {
    await panel.ping();
    const load = await panel.serverStatus();
    expect(load.cpuPercent).toBeGreaterThanOrEqual(0);
    expect(load.memoryUsed).toBeGreaterThan(0);
    expect(load.memoryUsed).toBeLessThanOrEqual(1);
    expect(Number.isInteger(load.users)).toBe(true);
  });

  it('a buyer gets an account with exactly the days, traffic and reference that were sold', async () => {
    const state = customer();
    const user = await panel.ensureUser(state);
    expect(user).toMatchObject({
      uuid: state.uuid,
      name: 'Anna',
      enable: true,
      isActive: true,
      startDate: today,
      packageDays: 31,
      usageLimitGb: 30,
      currentUsageGb: 0,
      comment: 'subscription 17',
      telegramId: 123_456_789,
      lastOnline: null,
    });
    expect(await panel.getUser(state.uuid)).toEqual(user);
  });

  it('asking twice leaves one account, unchanged', async () => {
    const state = customer();
    const first = await panel.ensureUser(state);
    expect(await panel.ensureUser(state)).toEqual(first);
    expect((await panel.listUsers()).filter((user) => user.uuid === state.uuid)).toHaveLength(1);
  });

  it('four processes that deliver the same purchase at once make one account, and all succeed', async () => {
    const state = customer();
    const target = simulated?.simulator ?? { adminUrl: realUrl!, apiKey: realKey! };
    const results = await Promise.all([1, 2, 3, 4].map(() => clientOf(target).ensureUser(state)));
    for (const result of results)
      expect(result).toMatchObject({ uuid: state.uuid, packageDays: 31, comment: 'subscription 17' });
    expect((await panel.listUsers()).filter((user) => user.uuid === state.uuid)).toHaveLength(1);
  });

  it('a renewal moves the start, the days and the limit in one go', async () => {
    const state = customer({ startDate: '2026-01-05', packageDays: 30 });
    await panel.ensureUser(state);
    const renewed = await panel.ensureUser({
      ...state,
      startDate: today,
      packageDays: 91,
      usageLimitGb: 100,
      comment: 'subscription 18',
    });
    expect(renewed).toMatchObject({
      startDate: today,
      packageDays: 91,
      usageLimitGb: 100,
      comment: 'subscription 18',
      isActive: true,
    });
  });

  it('unlimited traffic is sold, shown and kept as unlimited', async () => {
    const state = customer({ usageLimitGb: null });
    expect((await panel.ensureUser(state)).usageLimitGb).toBeNull();
    expect((await panel.ensureUser({ ...state, usageLimitGb: 0.1 })).usageLimitGb).toBeCloseTo(0.1, 6);
    expect((await panel.ensureUser(state)).usageLimitGb).toBeNull();
  });

  it('a name of any script and length arrives, and no comment is a comment of its own', async () => {
    const user = await panel.ensureUser(customer({ name: `Аня 🦊 ${'x'.repeat(300)}`, comment: '' }));
    expect(Array.from(user.name)).toHaveLength(100);
    expect(user.comment).toBe('-');
  });

  it('an account is switched off and on again', async () => {
    const state = customer();
    await panel.ensureUser(state);
    expect(await panel.setEnabled(state.uuid, false)).toMatchObject({ enable: false, isActive: false });
    expect(await panel.setEnabled(state.uuid, false)).toMatchObject({ enable: false });
    expect(await panel.setEnabled(state.uuid, true)).toMatchObject({ enable: true, isActive: true, packageDays: 31 });
  });

  it('an account can be written once more without changing it', async () => {
    const state = customer();
    const user = await panel.ensureUser(state);
    await panel.refreshUser(state.uuid);
    expect(await panel.getUser(state.uuid)).toEqual(user);
  });

  it('switching an account that is not there is refused, not invented', async () => {
    await expect(panel.setEnabled(randomUUID(), true)).rejects.toMatchObject({ kind: 'refused', code: 'not-found' });
  });

  it('an account nobody has is null, and removing it succeeds', async () => {
    expect(await panel.getUser(randomUUID())).toBeNull();
    await panel.removeUser(randomUUID());
  });

  it('a removed account is gone, and the same uuid can be sold again from the start', async () => {
    const state = customer();
    await panel.ensureUser(state);
    await panel.removeUser(state.uuid);
    await panel.removeUser(state.uuid);
    expect(await panel.getUser(state.uuid)).toBeNull();
    expect(await panel.ensureUser({ ...state, packageDays: 8 })).toMatchObject({
      uuid: state.uuid,
      packageDays: 8,
      enable: true,
    });
  });

  it('no private key of an account leaves the gateway', async () => {
    const state = customer();
    const shown = [
      await panel.ensureUser(state),
      await panel.getUser(state.uuid),
      ...(await panel.listUsers()),
      await panel.setEnabled(state.uuid, false),
    ];
    for (const user of shown) expect(Object.keys(user ?? {}).filter((key) => /ed25519|wg_/.test(key))).toEqual([]);
    expect(JSON.stringify(shown)).not.toContain('PRIVATE KEY');
  });

  it('a wrong key and a wrong path are told apart', async () => {
    const adminUrl = simulated?.simulator.adminUrl ?? realUrl!;
    const apiKey = simulated?.simulator.apiKey ?? realKey!;
    await expect(clientOf({ adminUrl, apiKey: randomUUID() }).ping()).rejects.toMatchObject({
      kind: 'refused',
      code: 'auth',
    });
    await expect(clientOf({ adminUrl: `${new URL(adminUrl).origin}/NoSuchPath`, apiKey }).ping()).rejects.toMatchObject(
      {
        kind: 'refused',
        code: 'path',
      },
    );
  });
});
