/** What happens to a user of the simulator over time, in their app, under faults and over a restart. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait';
import { startWire, USER, type Wire } from './panel';
import { DAY_MS } from '../../../src/domain/duration';

const GIB = 1024 ** 3;
const open: Wire[] = [];
afterEach(async () => {
  for (const wire of open.splice(0)) await wire.simulator.close();
});
async function panelOf(version = '14.0.5', options: Record<string, string> = {}): Promise<Wire> {
  const wire = await startWire(version, options);
  open.push(wire);
  return wire;
}
const date = (offsetDays: number) => new Date(Date.now() + offsetDays * DAY_MS).toISOString().slice(0, 10);

describe('is_active', () => {
  it('a package of 30 days covers 31 dates', async () => {
    const panel = await panelOf();
    const active = async (startedDaysAgo: number) =>
      (await panel.call('POST', USER, { name: 'x', start_date: date(-startedDaysAgo), package_days: 30 })).body
        .is_active;
    expect(await active(30)).toBe(true);
    expect(await active(31)).toBe(false);
  });

  it('traffic up to the limit is fine, one byte more ends it; a limit of zero lasts until the first byte', async () => {
    const panel = await panelOf('10.80.11');
    const { uuid } = (await panel.call('POST', USER, { name: 'x', usage_limit_GB: 1 })).body;
    expect(await panel.sim('POST', `users/${uuid}/traffic`, { bytes: GIB })).toMatchObject({
      is_active: true,
      current_usage_GB: 1,
    });
    expect(await panel.sim('POST', `users/${uuid}/traffic`, { bytes: 1 })).toMatchObject({ is_active: false });
    const zero = (await panel.call('POST', USER, { name: 'x', usage_limit_GB: 0 })).body;
    expect(zero.is_active).toBe(true);
    expect(await panel.sim('POST', `users/${zero.uuid}/traffic`, { bytes: 1 })).toMatchObject({ is_active: false });
  });

  it('the first traffic starts a package without a start date, on the calendar of the server', async () => {
    const panel = await panelOf('14.0.5', { 'utc-offset': '14' });
    await panel.sim('PUT', 'clock', { offsetMs: Date.parse('2027-03-01T12:00:00Z') - Date.now() });
    const { uuid } = (await panel.call('POST', USER, { name: 'x', package_days: 3 })).body;
    await panel.sim('POST', `users/${uuid}/traffic`, { bytes: 10 });
    const user = (await panel.call('GET', `${USER}${uuid}/`)).body;
    expect(user.start_date).toBe('2027-03-02');
    expect(user.last_online).toMatch(/^2027-03-02 02:00:/);
    await panel.sim('PUT', 'clock', { offsetMs: Date.parse('2027-03-06T12:00:00Z') - Date.now() });
    expect(await panel.sim('GET', 'users')).toEqual([
      expect.objectContaining({ uuid, is_active: false, remaining_days: -2 }),
    ]);
  });

  it('a monthly package gets its traffic back on the 30th day', async () => {
    const panel = await panelOf();
    const { uuid } = (
      await panel.call('POST', USER, {
        name: 'x',
        mode: 'monthly',
        start_date: date(0),
        package_days: 90,
        current_usage_GB: 5,
      })
    ).body;
    const usage = async (day: number) => {
      await panel.sim('PUT', 'clock', { offsetMs: day * DAY_MS });
      return (await panel.call('GET', `${USER}${uuid}/`)).body.current_usage_GB;
    };
    expect(await usage(0)).toBe(5);
    expect(await usage(29)).toBe(5);
    expect(await usage(30)).toBe(0);
  });
});

describe('subscription', () => {
  const userinfo = (reply: { headers: Headers }) => reply.headers.get('subscription-userinfo');

  it('headers, links, and what each app gets', async () => {
    const panel = await panelOf();
    const { uuid } = (
      await panel.call('POST', USER, {
        name: 'Анна',
        usage_limit_GB: 30,
        current_usage_GB: 1.5,
        start_date: date(0),
        package_days: 26,
      })
    ).body;
    const path = `${new URL(panel.simulator.clientUrl).pathname}/${uuid}/`;
    const plain = await panel.raw('GET', `${path}sub/`);
    const expires = Date.parse(`${date(26)}T00:00:00Z`) / 1000;
    expect(userinfo(plain)).toBe(`upload=0;download=${1.5 * GIB};total=${30 * GIB};expire=${expires}`);
    expect(plain.headers.get('profile-update-interval')).toBe('1');
    expect(Buffer.from(plain.headers.get('profile-title')!.replace('base64:', ''), 'base64').toString()).toBe(
      '127.0.0.1 Анна',
    );
    expect(plain.text.split('\n')[0]).toMatch(/^trojan:\/\/1@.*fake_ip/);
    expect(plain.text).toContain(`vless://${uuid}@`);
    const as = (agent: string, form = '') => panel.raw('GET', path + form, { 'User-Agent': agent });
    expect(Buffer.from((await as('v2rayNG/1.8')).text, 'base64').toString()).toBe(plain.text);
    expect((await as('HiddifyNext/2.0')).body.outbounds.length).toBeGreaterThan(1);
    expect((await as('ClashMeta')).text).toMatch(/^proxies:/);
    const browser = await as('Mozilla/5.0');
    expect(browser.headers.get('content-type')).toContain('text/html');
    expect(userinfo(browser)).toBeNull();
    const head = await panel.raw('HEAD', `${path}all.txt`);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(userinfo(head)).toBe(userinfo(plain));
  });

  it('off or ended: still 200 with headers, but no server; unknown: 302; no slash: 308; no uuid: 404', async () => {
    const panel = await panelOf();
    const client = new URL(panel.simulator.clientUrl).pathname;
    const off = (await panel.call('POST', USER, { name: 'x', enable: false })).body.uuid;
    const ended = (await panel.call('POST', USER, { name: 'x', start_date: date(-9), package_days: 1 })).body.uuid;
    for (const uuid of [off, ended]) {
      const reply = await panel.raw('GET', `${client}/${uuid}/sub/`);
      expect(reply.status).toBe(200);
      expect(userinfo(reply)).toContain('total=');
      expect(reply.text).not.toContain('vless://');
      expect(decodeURIComponent(reply.text)).toContain('Package Ended');
    }
    const unknown = randomUUID();
    const reply = await panel.raw('GET', `${client}/${unknown}/`);
    expect(reply.status).toBe(302);
    expect(reply.headers.get('location')).toMatch(new RegExp(`^${client}/\\?force=1&next=.*&user=${unknown}$`));
    expect((await panel.raw('GET', `${client}/${off}`)).status).toBe(308);
    expect(await panel.raw('GET', `${client}/hello/`)).toMatchObject({ status: 404, body: { message: 'Not Found' } });
    await panel.call('DELETE', `${USER}${off}/`);
    expect((await panel.raw('GET', `${client}/${off}/sub/`)).status).toBe(302);
  });

  it('the user API: by header and by path', async () => {
    const panel = await panelOf('10.80.11');
    const client = new URL(panel.simulator.clientUrl).pathname;
    const { uuid } = (await panel.call('POST', USER, { name: 'Anna', package_days: 9 })).body;
    const byHeader = await panel.raw('GET', `${client}/api/v2/user/me/`, { 'Hiddify-API-Key': uuid });
    const byPath = await panel.raw('GET', `${client}/${uuid}/api/v2/user/me/`);
    expect(byHeader.body).toMatchObject({
      profile_title: 'Anna',
      profile_remaining_days: 9,
      profile_url: `${panel.simulator.clientUrl}/${uuid}/#Anna`,
    });
    expect(byPath.body).toEqual(byHeader.body);
    expect((await panel.raw('GET', `${client}/api/v2/user/me/`, { 'Hiddify-API-Key': randomUUID() })).status).toBe(403);
    expect((await panel.raw('GET', `${client}/${uuid}/api/v2/user/apps/`)).status).toBe(500);
    expect((await panel.raw('PATCH', `${client}/${uuid}/api/v2/user/me/`, {}, '{"language":"fa"}')).status).toBe(500);
  });
});

describe('faults', () => {
  it('each one does what it says, and only that', async () => {
    const panel = await panelOf();
    const post = (uuid = randomUUID()) =>
      panel.call('POST', USER, { name: 'x', uuid }).then(
        (reply) => reply.status,
        () => 'broken',
      );
    const count = async () => (await panel.sim('GET', 'users')).length;
    await panel.sim('PUT', 'faults', { down: true });
    expect([await post(), await count()]).toEqual(['broken', 0]);
    await panel.sim('PUT', 'faults', { down: null, error502: true });
    expect([await post(), await count()]).toEqual([502, 0]);
    await panel.sim('PUT', 'faults', { error502: null, tooManyRequests: { retryAfter: 86_400 } });
    const limited = await panel.call('GET', USER);
    expect([limited.status, limited.headers.get('retry-after'), await post(), await count()]).toEqual([
      429,
      '86400',
      429,
      0,
    ]);
    await panel.sim('PUT', 'faults', { tooManyRequests: null, resetAfterCommit: { times: 1, method: 'POST' } });
    expect([await post(), await count()]).toEqual(['broken', 1]);
    await panel.sim('PUT', 'faults', { error500AfterCommit: { times: 2 } });
    expect([await post(), await post(), await post(), await count()]).toEqual([500, 500, 200, 4]);
    await panel.sim('PUT', 'faults', { sqlConflict: { times: 1 } });
    expect([await post(), await count()]).toEqual([500, 4]);
    await panel.sim('PUT', 'faults', { halfCreate: { times: 1 } });
    expect([await post(), await count()]).toEqual([500, 5]);
    await panel.sim('PUT', 'faults', { listCorrupt: true });
    expect((await panel.call('GET', USER)).status).toBe(500);
    await panel.sim('PUT', 'faults', { listCorrupt: null, nonsense: true });
    expect((await panel.call('GET', USER)).body).toEqual({ hello: ['world'] });
    await panel.sim('PUT', 'faults', { nonsense: 'truncated' });
    expect((await panel.call('GET', USER)).body).toBeUndefined();
    expect(await panel.sim('GET', 'faults')).toEqual({ nonsense: 'truncated' });
  });

  it('a stale panel says yes before its proxies know the user', async () => {
    const panel = await panelOf();
    await panel.sim('PUT', 'faults', { staleApply: 60_000 });
    await panel.call('POST', USER, { name: 'x' });
    expect(await panel.sim('GET', 'users')).toEqual([expect.objectContaining({ applied: false })]);
    await panel.sim('PUT', 'clock', { offsetMs: 61_000 });
    expect(await panel.sim('GET', 'users')).toEqual([expect.objectContaining({ applied: true })]);
  });

  it('a panel that commits late answers 504 at once, shows nothing until then, and then has done it', async () => {
    const panel = await panelOf();
    await panel.sim('PUT', 'faults', { commitsLate: { times: 1, method: 'POST' } });
    const uuid = randomUUID();
    expect((await panel.call('POST', USER, { name: 'x', uuid })).status).toBe(504);
    expect((await panel.call('GET', `${USER}${uuid}/`)).status).toBe(404);
    expect(await panel.sim('POST', 'commit-late')).toEqual({ committed: 1 });
    expect((await panel.call('GET', `${USER}${uuid}/`)).status).toBe(200);
    await panel.sim('PUT', 'faults', { commitsLate: { times: 1, ms: 20, method: 'DELETE' } });
    expect((await panel.call('DELETE', `${USER}${uuid}/`)).status).toBe(504);
    await waitUntil(async () => ((await panel.sim('GET', 'users')) as unknown[]).length === 0, {
      what: 'the late removal',
    });
  });

  it('a misspelt fault is refused: nobody tests with a fault that is not on', async () => {
    const panel = await panelOf();
    expect(await panel.raw('PUT', '/_sim/faults', {}, '{"dwon":true}')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('dwon') },
    });
  });
});

describe('control endpoints', () => {
  it('calls are recorded without secrets', async () => {
    const panel = await panelOf();
    await panel.call('GET', 'api/v2/admin/me/');
    await panel.call('GET', `${panel.simulator.apiKey}/api/v2/admin/me/`);
    await panel.raw('GET', '/guess/api/v2/admin/me/');
    const calls = await panel.sim('GET', 'calls?since=1');
    expect(calls).toEqual([
      { seq: 2, at: expect.any(String), method: 'GET', path: '/{admin}/{key}/api/v2/admin/me/', status: 404 },
      { seq: 3, at: expect.any(String), method: 'GET', path: '/{unknown}/api/v2/admin/me/', status: 400 },
    ]);
  });

  it('users are shown newest first and without private keys', async () => {
    const panel = await panelOf();
    await panel.call('POST', USER, { name: 'first' });
    await panel.call('POST', USER, { name: 'second' });
    const users = await panel.sim('GET', 'users');
    expect(users.map((user: { name: string }) => user.name)).toEqual(['second', 'first']);
    expect(JSON.stringify(users)).not.toMatch(/PRIVATE KEY|wg_/);
  });

  it('health, reset, CORS', async () => {
    const panel = await panelOf();
    await panel.call('POST', USER, { name: 'x' });
    await panel.sim('PUT', 'faults', { down: true });
    await panel.sim('PUT', 'clock', { offsetMs: 5 * DAY_MS });
    expect((await panel.raw('GET', '/_sim/health')).headers.get('access-control-allow-origin')).toBe('*');
    expect(await panel.sim('POST', 'reset')).toEqual({ ok: true });
    expect(await panel.sim('GET', 'users')).toEqual([]);
    expect(await panel.sim('GET', 'faults')).toEqual({});
    expect(await panel.sim('GET', 'calls')).toEqual([]);
    expect((await panel.sim('GET', 'clock')).offsetMs).toBe(0);
  });
});

describe('state file', () => {
  it('users and clock outlive a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hiddify-simulator-'));
    const state = join(folder, 'panel.json');
    const first = await startWire('14.0.5', { state });
    const { uuid } = (await first.call('POST', USER, { name: 'kept', package_days: 7 })).body;
    await first.sim('PUT', 'clock', { offsetMs: DAY_MS });
    await first.simulator.close();
    expect(JSON.parse(await readFile(state, 'utf8')).users).toHaveLength(1);
    const second = await panelOf('14.0.5', { state });
    expect((await second.call('GET', `${USER}${uuid}/`)).body).toMatchObject({ name: 'kept', package_days: 7 });
    expect((await second.sim('GET', 'clock')).offsetMs).toBe(DAY_MS);
    await rm(folder, { recursive: true });
  });
});
