/** What a buyer ends with when the panel's answer is lost, late or wrong. */
import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait';
import { clientOf, month, startPanel, VERSIONS, type TestPanel } from './panel';

/** A proxy to a port. It stops listening as soon as the other end has closed a connection. */
async function openPathThatEndsWithItsConnection(target: number): Promise<{ port: string; isOpen(): boolean }> {
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => undefined);
    upstream.on('close', () => {
      server.close();
      client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: String((server.address() as AddressInfo).port), isOpen: () => server.listening };
}

describe.each(VERSIONS)('panel %s', (version) => {
  let at: TestPanel;
  beforeEach(async () => {
    at = await startPanel(version);
  });
  afterEach(() => at.simulator.close());

  const accounts = (): Promise<any[]> => at.sim('GET', 'users');

  it.each(['resetAfterCommit', 'error500AfterCommit', 'error502AfterCommit'])(
    'the account was made but the answer was lost (%s): one account, reported as made',
    async (fault) => {
      await at.faults({ [fault]: { times: 1, method: 'POST' } });
      const state = month();
      expect(await at.panel.ensureUser(state)).toMatchObject({ uuid: state.uuid, packageDays: 31 });
      expect(await accounts()).toHaveLength(1);
      expect((await at.calls()).filter((call) => call.startsWith('POST'))).toHaveLength(1);
    },
  );

  it.each(['resetAfterCommit', 'error500AfterCommit', 'error502AfterCommit'])(
    'a renewal was written but the answer was lost (%s): it counts once',
    async (fault) => {
      const state = month();
      await at.panel.ensureUser(state);
      await at.faults({ [fault]: { times: 1, method: 'PATCH' } });
      const renewed = { ...state, packageDays: 62, usageLimitGb: 60 };
      expect(await at.panel.ensureUser(renewed)).toMatchObject({ packageDays: 62, usageLimitGb: 60 });
      expect((await at.calls()).filter((call) => call.startsWith('PATCH'))).toHaveLength(1);
    },
  );

  it('an account half made by a crash of the panel is completed, not left as "unknown" with 90 days', async () => {
    await at.faults({ halfCreate: { times: 1 } });
    const state = month();
    expect(await at.panel.ensureUser(state)).toMatchObject({
      name: 'Anna',
      packageDays: 31,
      comment: 'subscription 17',
    });
    expect(await accounts()).toEqual([
      expect.objectContaining({ uuid: state.uuid, name: 'Anna', package_days: 31, usage_limit_GB: 30 }),
    ]);
  });

  it('a write that met another one and was not done is reported as unknown, and the repeat delivers', async () => {
    const state = month();
    await at.faults({ sqlConflict: { times: 1 } });
    await expect(at.panel.ensureUser(state)).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'server-error' });
    expect(await accounts()).toEqual([]);
    expect(await at.panel.ensureUser(state)).toMatchObject({ uuid: state.uuid });
  });

  it('a panel that dies after the write leaves the outcome unknown, never "nothing happened"', async () => {
    const state = month();
    await at.panel.info();
    await at.faults({ resetAfterCommit: { times: 1 } });
    const path = await openPathThatEndsWithItsConnection(Number(new URL(at.simulator.adminUrl).port));
    const adminUrl = Object.assign(new URL(at.simulator.adminUrl), { port: path.port }).href;
    const dying = clientOf({ adminUrl, apiKey: at.simulator.apiKey });
    await dying.info();
    // The read after the lost answer finds a refused connection, which alone would mean "nothing was sent".
    await expect(dying.ensureUser(state)).rejects.toMatchObject({ kind: 'unknown-outcome' });
    expect(path.isOpen()).toBe(false);
    expect(await accounts()).toHaveLength(1);
    expect(await at.panel.ensureUser(state)).toMatchObject({ uuid: state.uuid });
    expect(await accounts()).toHaveLength(1);
  });

  it('a write that takes longer than our time limit is found by the repeat', async () => {
    const hasty = clientOf(
      { adminUrl: at.simulator.adminUrl, apiKey: at.simulator.apiKey },
      { writeMs: 60, readMs: 5_000 },
    );
    await hasty.info();
    const state = month();
    await hasty.getUser(state.uuid);
    await at.faults({ latencyMs: 150 });
    // The read after the time-out may come before or after the late commit; both are fine, doubling or losing it is
    // not.
    const first = await hasty.ensureUser(state).catch((error: unknown) => error);
    await at.faults({ latencyMs: null });
    expect(first).toMatchObject(first instanceof Error ? { kind: 'unknown-outcome' } : { uuid: state.uuid });
    expect(await at.panel.ensureUser(state)).toMatchObject({ uuid: state.uuid, packageDays: 31 });
    expect(await accounts()).toHaveLength(1);
  });

  it('a traffic reset happens with the renewal, and a lost answer does not hide it', async () => {
    const state = month({ usageLimitGb: 1 });
    await at.panel.ensureUser(state);
    await at.sim('POST', `users/${state.uuid}/traffic`, { bytes: 2 * 1024 ** 3 });
    expect(await at.panel.getUser(state.uuid)).toMatchObject({ isActive: false, currentUsageGb: 2 });
    await at.faults({ resetAfterCommit: { times: 1 } });
    expect(await at.panel.ensureUser({ ...state, packageDays: 62, resetUsage: true })).toMatchObject({
      currentUsageGb: 0,
      packageDays: 62,
    });
    await at.sim('POST', `users/${state.uuid}/traffic`, { bytes: 1024 });
    expect((await at.panel.ensureUser({ ...state, packageDays: 62 })).currentUsageGb).toBeGreaterThan(0);
  });

  it('a reset alone is done although nothing else changes', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    await at.sim('POST', `users/${state.uuid}/traffic`, { bytes: 5 * 1024 ** 3 });
    expect((await at.panel.ensureUser({ ...state, resetUsage: true })).currentUsageGb).toBe(0);
  });

  it('what the seller changed by hand in the panel is set back to what was sold', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    await fetch(`${at.simulator.adminUrl}/api/v2/admin/user/${state.uuid}/`, {
      method: 'PATCH',
      headers: { 'Hiddify-API-Key': at.simulator.apiKey },
      body: JSON.stringify({ name: 'X', enable: false, package_days: 1, comment: 'hm', telegram_id: 5 }),
    });
    expect(await at.panel.ensureUser(state)).toMatchObject({
      name: 'Anna',
      enable: true,
      packageDays: 31,
      comment: 'subscription 17',
      telegramId: 123_456_789,
    });
  });

  it('a removal whose answer was lost is done', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    await at.faults({ resetAfterCommit: { times: 1 } });
    await at.panel.removeUser(state.uuid);
    expect(await accounts()).toEqual([]);
  });

  it('switching off with a lost answer is done, without an answer at all it is not claimed', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    await at.faults({ error500AfterCommit: { times: 1 } });
    expect(await at.panel.setEnabled(state.uuid, false)).toMatchObject({ enable: false });
    await at.faults({ error502: true });
    await expect(at.panel.setEnabled(state.uuid, true)).rejects.toMatchObject({ kind: 'unknown-outcome' });
  });

  it.each([true, 'truncated'])('an answer that makes no sense (%s) is a doubt, not a success', async (nonsense) => {
    const state = month();
    await at.panel.info();
    await at.faults({ nonsense });
    await expect(at.panel.ensureUser(state)).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'unreadable' });
    await expect(at.panel.listUsers()).rejects.toMatchObject({ kind: 'unknown-outcome' });
    await expect(at.panel.serverStatus()).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'unreadable' });
    await at.faults({ nonsense: null });
    expect(await at.panel.ensureUser(state)).toMatchObject({ uuid: state.uuid });
  });

  it('one damaged row does not hide the other customers', async () => {
    const [first, second] = [month(), month()];
    await at.panel.ensureUser(first);
    await at.panel.ensureUser(second);
    await at.faults({ listCorrupt: true });
    await expect(at.panel.listUsers()).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'server-error' });
    const known = async () => [first.uuid, second.uuid, randomUUID()];
    const accounts = await at.panel.readAccounts(known);
    expect(accounts).toMatchObject({ isWhole: false, unreadable: new Set() });
    expect(accounts.users.map(({ uuid }) => uuid).toSorted()).toEqual([first.uuid, second.uuid].toSorted());
  });

  it('a damaged row fails its own reading too, and only that', async () => {
    const all = [month(), month(), month()];
    for (const state of all) await at.panel.ensureUser(state);
    const [damaged, ...others] = all.map(({ uuid }) => uuid);
    await at.faults({ damagedRow: damaged });
    await expect(at.panel.getUser(damaged!)).rejects.toMatchObject({ code: 'server-error' });
    const accounts = await at.panel.readAccounts(async () => [damaged!, ...others]);
    expect([...accounts.unreadable]).toEqual([damaged]);
    expect(accounts.users.map(({ uuid }) => uuid)).toEqual(others);
  });

  it('a panel that fails on everything is not taken for one with damaged rows', async () => {
    const all = Array.from({ length: 5 }, () => month());
    for (const state of all) await at.panel.ensureUser(state);
    await at.faults({ nonsense: true });
    await expect(at.panel.readAccounts(async () => all.map(({ uuid }) => uuid))).rejects.toMatchObject({
      operation: 'listUsers',
    });
  });

  it('one account that cannot be read does not hide the other customers either', async () => {
    const [odd, other] = [month(), month()];
    await at.panel.ensureUser(odd);
    await at.panel.ensureUser(other);
    await at.faults({ listOddRow: true });
    await expect(at.panel.listUsers()).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'unreadable' });
    const accounts = await at.panel.readAccounts(async () => [odd.uuid, other.uuid]);
    expect(accounts.users.map(({ uuid }) => uuid)).toEqual([odd.uuid, other.uuid]);
  });

  it('a slow list is waited for, longer than a single account', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    const hasty = clientOf(
      { adminUrl: at.simulator.adminUrl, apiKey: at.simulator.apiKey },
      { readMs: 150, listMs: 60_000 },
    );
    await at.faults({ slowListMs: 400 });
    expect(await hasty.listUsers()).toHaveLength(1);
    const impatient = clientOf({ adminUrl: at.simulator.adminUrl, apiKey: at.simulator.apiKey }, { listMs: 100 });
    await expect(impatient.listUsers()).rejects.toMatchObject({ kind: 'unknown-outcome' });
    // Not taken for a panel without customers, which a sync would answer by making all of them anew.
    await expect(impatient.readAccounts(async () => [state.uuid])).rejects.toMatchObject({ kind: 'unknown-outcome' });
  });

  it('a panel whose proxies miss a new account is told once more, and a renewal is not repeated', async () => {
    await at.faults({ deafToNew: true });
    const shop = clientOf(
      { adminUrl: at.simulator.adminUrl, apiKey: at.simulator.apiKey },
      {},
      { refreshNewAfterMs: 20 },
    );
    const state = month();
    const made = await shop.ensureUser(state);
    const applied = async () => (await accounts())[0].applied === true;
    await waitUntil(applied, { what: 'the proxies know the account' });
    expect(await shop.getUser(state.uuid)).toEqual(made);
    await shop.ensureUser({ ...state, packageDays: 62 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await at.calls()).filter((call) => call.startsWith('PATCH'))).toHaveLength(2);
  });

  it('a panel that is away is asked once for its list, not once for each customer', async () => {
    await at.panel.info();
    await at.faults({ error502: true });
    await expect(at.panel.readAccounts(async () => [randomUUID(), randomUUID(), randomUUID()])).rejects.toMatchObject({
      kind: 'unknown-outcome',
    });
    expect((await at.calls()).filter((call) => call.includes('/admin/user/')).length).toBeLessThanOrEqual(2);
  });

  it('an empty panel has no customers, which is no error', async () => {
    expect(await at.panel.listUsers()).toEqual([]);
  });

  it('a repeat of a delivered purchase writes nothing to the panel', async () => {
    const state = month();
    await at.panel.ensureUser(state);
    const before = (await at.calls()).length;
    await at.panel.ensureUser(state);
    expect((await at.calls()).slice(before)).toEqual([`GET /{admin}/api/v2/admin/user/${state.uuid}/`]);
  });
});

describe('uuids that a panel does not take', () => {
  // Version 7: fine from 14.x on, unknown before.
  const v7 = '01932c07-209e-7cde-8f3b-0a1b2c3d4e5f';

  it('10.80 makes an account under a random uuid: told as a failure, and no stray account stays behind', async () => {
    const at = await startPanel('10.80.11');
    await expect(at.panel.ensureUser(month({ uuid: v7 }))).rejects.toMatchObject({
      kind: 'refused',
      code: 'uuid-replaced',
    });
    expect(await at.sim('GET', 'users')).toEqual([]);
  });

  it('13 refuses it by name, 14 takes it', async () => {
    const b = await startPanel('13.0.3');
    await expect(b.panel.ensureUser(month({ uuid: v7 }))).rejects.toMatchObject({
      kind: 'refused',
      code: 'invalid',
      parameter: 'uuid',
    });
    const c = await startPanel('14.0.5');
    expect(await c.panel.ensureUser(month({ uuid: v7 }))).toMatchObject({ uuid: v7 });
  });

  it.each(['not-a-uuid', '../../me', '', 'ABCDEF00-0000-4000-8000-000000000000'])(
    '"%s" is refused before anything is sent',
    async (uuid) => {
      const at = await startPanel('10.80.11');
      await expect(at.panel.ensureUser(month({ uuid }))).rejects.toMatchObject({ kind: 'refused', code: 'state' });
      await expect(at.panel.getUser(uuid)).rejects.toMatchObject({ kind: 'refused', code: 'state' });
      await expect(at.panel.removeUser(uuid)).rejects.toMatchObject({ kind: 'refused', code: 'state' });
      expect((await at.calls()).filter((call) => !call.endsWith('/panel/info/'))).toEqual([]);
      await at.simulator.close();
    },
  );
});
