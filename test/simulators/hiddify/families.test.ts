/** Recorded request and answer pairs of panels 10.80.11 (A) and 14.0.5 (C), and of 13.0.3 (B) from its source. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWire, USER, type Wire } from './panel';

const FAMILIES = [
  ['A', '10.80.11'],
  ['A', '12.3.3'],
  ['B', '13.0.3'],
  ['C', '14.0.5'],
] as const;

describe.each(FAMILIES)('family %s, version %s', (family, version) => {
  let panel: Wire;
  beforeAll(async () => {
    panel = await startWire(version);
  });
  afterAll(() => panel.simulator.close());
  const isA = family === 'A';
  const isC = family === 'C';
  const made = async (body: object = {}) => (await panel.call('POST', USER, { name: 'x', ...body })).body;

  it('info and ping', async () => {
    expect((await panel.call('GET', 'api/v2/panel/info/')).body).toEqual({ version });
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await panel.call(method, 'api/v2/panel/ping/')).body).toEqual({ msg: `${method}: PONG` });
    }
  });

  it('an empty list is a 404', async () => {
    await panel.sim('POST', 'reset');
    expect(await panel.call('GET', USER)).toMatchObject({
      status: 404,
      body: { detail: {}, message: 'You have no user' },
    });
  });

  it('wrong paths are 400, on every side', async () => {
    const key = { 'Hiddify-API-Key': panel.simulator.apiKey, Accept: 'application/json' };
    const admin = new URL(panel.simulator.adminUrl).pathname;
    const client = new URL(panel.simulator.clientUrl).pathname;
    for (const path of [
      '/',
      '/WRONG/api/v2/admin/me/',
      `${client}/api/v2/admin/me/`,
      `${client}/api/v2/panel/ping/`,
      `${admin}/api/v2/user/me/`,
    ]) {
      expect(await panel.raw('GET', path, key)).toMatchObject({
        status: 400,
        body: { detail: {}, message: 'invalid request' },
      });
    }
  });

  it('the shape with the key in the path is no route', async () => {
    const reply = await panel.call('GET', `${panel.simulator.apiKey}/api/v2/admin/me/`);
    expect(reply.status).toBe(isA ? 500 : 404);
    if (isA) expect(reply.body.msg).toMatch(/^404 Not Found: /);
  });

  it('a missing final slash is a 308 to the whole address', async () => {
    const reply = await panel.call('GET', 'api/v2/admin/me?x=1');
    expect(reply.status).toBe(308);
    expect(reply.headers.get('location')).toBe(`${panel.simulator.adminUrl}/api/v2/admin/me/?x=1`);
    const behindTls = await panel.call('GET', 'api/v2/admin/me', undefined, { 'X-Forwarded-Proto': 'https' });
    expect(behindTls.headers.get('location')).toMatch(/^https:/);
  });

  it.each(['MyVpnBot/1.0', 'TelegramBot (like TwitterBot)'])('"%s" is refused, whatever its key', async (agent) => {
    expect(await panel.call('GET', 'api/v2/admin/me/', undefined, { 'User-Agent': agent })).toMatchObject({
      status: 400,
      body: { message: 'invalid' },
    });
  });

  it.each(['node', 'axios/1.7.2', 'curl/8.0', 'vpn-shop/1.0 (+https://x)'])('"%s" is let in', async (agent) => {
    expect((await panel.call('GET', 'api/v2/admin/me/', undefined, { 'User-Agent': agent })).status).toBe(200);
  });

  it('keys: header, Basic and cookie pass; Bearer, unknown, malformed and none do not', async () => {
    const key = panel.simulator.apiKey;
    const none = { 'Hiddify-API-Key': undefined };
    const ask = (headers: Record<string, string | undefined>) =>
      panel.call('GET', 'api/v2/admin/me/', undefined, { ...none, ...headers });
    const good = await ask({ Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });
    expect(good.status).toBe(200);
    expect((await ask({ Cookie: good.headers.get('set-cookie')!.split(';')[0] })).status).toBe(200);
    const refused = isC
      ? { status: 401, body: { detail: {}, message: 'Unauthorized' } }
      : { status: 403, body: { detail: {}, message: 'Unathorized' } };
    for (const headers of [
      {},
      { Authorization: `Bearer ${key}` },
      { 'Hiddify-API-Key': randomUUID() },
      { 'Hiddify-API-Key': 'zzz' },
    ]) {
      expect(await ask(headers)).toMatchObject(refused);
    }
    const user = await made();
    expect(await ask({ 'Hiddify-API-Key': user.uuid })).toMatchObject(refused);
  });

  it('the error body depends on what the caller accepts', async () => {
    const path = `${USER}${randomUUID()}/`;
    expect((await panel.call('GET', path)).body).toEqual({ detail: {}, message: 'User not found' });
    const wide = (await panel.call('GET', path, undefined, { Accept: '*/*' })).body;
    expect(wide).toEqual(
      isC ? { msg: 'User not found', message: 'User not found', detail: {} } : { msg: 'User not found' },
    );
    expect((await panel.call('POST', USER, {}, { Accept: '*/*' })).body.detail === undefined).toBe(!isC);
  });

  it('every answer but a refusal brings a new cookie', async () => {
    const first = (await panel.call('GET', 'api/v2/panel/ping/')).headers.get('set-cookie');
    const second = (await panel.call('GET', 'api/v2/panel/ping/')).headers.get('set-cookie');
    expect(first).toMatch(/^session=/);
    expect(second).not.toBe(first);
    for (const path of ['/', `${new URL(panel.simulator.adminUrl).pathname}/api/v2/admin/me/`])
      expect((await panel.raw('GET', path)).headers.get('set-cookie')).toBeNull();
  });

  it('a new user has the recorded defaults and fields, private keys included', async () => {
    const reply = await panel.call('POST', USER, {
      name: 'alice',
      usage_limit_GB: 30,
      package_days: 30,
      mode: 'no_reset',
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      enable: true,
      is_active: true,
      start_date: null,
      usage_limit_GB: 30,
      package_days: 30,
      comment: '',
      current_usage_GB: 0,
      lang: 'en',
      last_online: '0001-01-01 00:00:00',
      telegram_id: null,
      added_by_uuid: panel.simulator.apiKey,
    });
    const keys = [
      'added_by_uuid',
      'comment',
      'current_usage_GB',
      'ed25519_private_key',
      'ed25519_public_key',
      'enable',
      'id',
      'is_active',
      'lang',
      'last_online',
      'last_reset_time',
      'mode',
      'name',
      'package_days',
      'start_date',
      'telegram_id',
      'usage_limit_GB',
      'uuid',
      'wg_pk',
      'wg_psk',
      'wg_pub',
    ];
    if (!isA) keys.push('deleted', 'last_modified_time');
    if (isC) keys.push('preferred_outbound_slug');
    expect(Object.keys(reply.body).sort()).toEqual(keys.sort());
    expect(reply.body.ed25519_private_key).toContain('PRIVATE KEY');
    expect(await made()).toMatchObject({ package_days: 90, usage_limit_GB: 1000 });
  });

  it('limits are whole bytes and capped', async () => {
    expect((await made({ usage_limit_GB: 0.1 })).usage_limit_GB).toBe(0.09999999962747097);
    expect((await made({ usage_limit_GB: 5e6 })).usage_limit_GB).toBe(1_000_000);
  });

  it('the same uuid twice: "exists"', async () => {
    const uuid = randomUUID();
    await made({ uuid });
    expect(await panel.call('POST', USER, { name: 'y', uuid })).toMatchObject({
      status: 400,
      body: { detail: {}, message: 'The user exists' },
    });
  });

  it('the same uuid four times at once: one succeeds, the others as recorded', async () => {
    const uuid = randomUUID();
    const replies = await Promise.all([1, 2, 3, 4].map(() => panel.call('POST', USER, { name: 'race', uuid })));
    const statuses = replies.map((reply) => String(reply.status)).sort();
    if (isA) expect(statuses).toEqual(['200', '400', '400', '400']);
    // Whoever comes while the first is being written meets the database's own refusal, whoever comes after it the
    // panel's.
    else
      expect(statuses).toEqual([
        '200',
        expect.stringMatching(/^[45]00$/),
        expect.stringMatching(/^[45]00$/),
        expect.stringMatching(/^[45]00$/),
      ]);
    for (const refused of replies.filter((reply) => reply.status === 500))
      expect(refused.body.msg).toContain(`Duplicate entry '${uuid}' for key 'ix_user_uuid'`);
  });

  it('uuids: A swaps what it dislikes, B wants version 4, C takes any version', async () => {
    const v7 = '01932c07-209e-7cde-8f3b-0a1b2c3d4e5f';
    const upper = randomUUID().toUpperCase();
    for (const uuid of ['not-a-uuid', upper, v7]) {
      const reply = await panel.call('POST', USER, { name: 'x', uuid });
      if (isA) {
        expect(reply.status).toBe(200);
        expect(reply.body.uuid).not.toBe(uuid);
      } else if (isC && uuid === v7) {
        expect(reply.body.uuid).toBe(v7);
      } else {
        expect(reply).toMatchObject({
          status: 422,
          body: { message: 'Validation error', detail: { json: { uuid: [expect.stringContaining('Invalid uuid')] } } },
        });
      }
    }
  });

  it('validation: missing name, bad mode, unknown field, fractions, dates, arrays', async () => {
    const post = async (body: unknown) => {
      const reply = await panel.call('POST', USER, body);
      return reply.status === 200
        ? reply.body
        : { status: reply.status, json: reply.body.detail?.json, msg: reply.body.msg };
    };
    expect(await post({})).toMatchObject({
      status: 422,
      json: { name: [isA ? 'Missing data for required field.' : 'Field required'] },
    });
    expect(await post({ name: 'x', mode: 'yearly' })).toMatchObject({
      status: 422,
      json: { mode: [expect.any(String)] },
    });
    if (isA)
      expect(await post({ name: 'x', deleted: false })).toMatchObject({
        status: 422,
        json: { deleted: ['Unknown field.'] },
      });
    else expect(await post({ name: 'x', unknown_field: 1 })).toMatchObject({ name: 'x' });
    if (isA) expect(await post({ name: 'x', package_days: 1.5 })).toMatchObject({ package_days: 1 });
    else expect(await post({ name: 'x', package_days: 1.5 })).toMatchObject({ status: 422 });
    for (const start_date of ['2026-11-01T00:00:00', '2026-02-30', 5])
      expect(await post({ name: 'x', start_date, package_days: 1 })).toMatchObject({ status: 422 });
    expect(await post({ name: 'x', telegram_id: 'abc' })).toMatchObject({ status: 422 });
    expect(await post([])).toMatchObject({ status: 422, json: { _schema: ['Invalid input type.'] } });
    const broken = await panel.call('POST', USER, '{broken');
    expect(broken.status).toBe(isA ? 500 : 400);
    expect(broken.body.msg.startsWith('400 Bad Request: ')).toBe(isA);
  });

  it('a too long name is a database error, which leaves a row behind up to 12; lengths are whole characters', async () => {
    const uuid = randomUUID();
    expect(await panel.call('POST', USER, { uuid, name: 'x'.repeat(513) })).toMatchObject({
      status: 500,
      body: { msg: expect.stringContaining('1406') },
    });
    const left = await panel.call('GET', `${USER}${uuid}/`);
    if (isA) expect(left.body).toMatchObject({ name: 'unknown', package_days: 90 });
    else expect(left.status).toBe(404);
    expect((await made({ name: '🎄'.repeat(512) })).name).toBe('🎄'.repeat(512));
  });

  it('takes words for booleans and days without zeros; null for enable only where it is not A', async () => {
    for (const [given, kept] of [
      ['yes', true],
      ['1', true],
      ['No', false],
      ['0', false],
    ] as const)
      expect((await made({ enable: given })).enable).toBe(kept);
    expect((await panel.call('POST', USER, { name: 'x', enable: 'perhaps' })).status).toBe(422);
    expect((await made({ start_date: '2026-1-1', package_days: 3 })).start_date).toBe('2026-01-01');
    expect((await panel.call('POST', USER, { name: 'x', enable: null })).status).toBe(isA ? 422 : 200);
  });

  it('refuses what its database can’t hold: days beyond a 32-bit number, the years 0 and 1, half a pair', async () => {
    const status = async (body: object) => (await panel.call('POST', USER, { name: 'x', ...body })).status;
    expect(await status({ package_days: 3_000_000_000 })).toBe(500);
    expect(await status({ start_date: '0000-01-01', package_days: 1 })).toBe(422);
    expect(await status({ start_date: '0001-01-01', package_days: 1 })).toBe(500);
    const halves = ['{"name":"\\ud800"}', '{"name":"x","comment":"\\udc00 x"}'];
    const { uuid } = await made();
    for (const body of halves) {
      for (const [method, path] of [
        ['POST', USER],
        ['PATCH', `${USER}${uuid}/`],
      ] as const) {
        const refused = await panel.call(method, path, body);
        expect(refused.status).toBe(isA ? 500 : 422);
        if (isA) expect(refused.body.msg).toContain('surrogates not allowed');
        else expect(Object.values(refused.body.detail.json)).toEqual([[expect.stringContaining('unicode string')]]);
      }
    }
    expect((await panel.call('GET', `${USER}${uuid}/`)).body.comment ?? '').not.toContain('x');
  });

  it('knows Burmese from 11 on, wants a body from 14 on, and refuses a wrong key before an unknown route', async () => {
    expect((await panel.call('POST', USER, { name: 'x', lang: 'my' })).status).toBe(
      version.startsWith('10.') ? 422 : 200,
    );
    expect((await panel.call('POST', USER)).status).toBe(isC ? 400 : 422);
    const wrong = { 'Hiddify-API-Key': randomUUID() };
    expect((await panel.call('GET', 'api/v2/admin/no-such-route/', undefined, wrong)).status).toBe(isC ? 401 : 403);
  });

  it('start_date: A needs package_days beside it', async () => {
    const alone = await made({ start_date: '2026-11-01' });
    expect(alone.start_date).toBe(isA ? null : '2026-11-01');
    const { uuid } = await made();
    const patch = async (body: object) => (await panel.call('PATCH', `${USER}${uuid}/`, body)).body.start_date;
    expect(await patch({ start_date: '2026-11-01' })).toBe(isA ? null : '2026-11-01');
    expect(await patch({ start_date: '2026-11-02', package_days: 60 })).toBe('2026-11-02');
    expect(await patch({ start_date: null })).toBe(isA ? '2026-11-02' : null);
    expect(await patch({ start_date: null, package_days: 60 })).toBe(null);
  });

  it('what can be cleared', async () => {
    const { uuid } = await made({ comment: 'c', telegram_id: 5 });
    const patch = async (body: object) => (await panel.call('PATCH', `${USER}${uuid}/`, body)).body;
    expect(await patch({ comment: null, telegram_id: null })).toMatchObject({ comment: 'c', telegram_id: 5 });
    expect(await patch({ comment: '', telegram_id: 0 })).toMatchObject(
      isA ? { comment: '', telegram_id: null } : { comment: 'c', telegram_id: 5 },
    );
    expect(await patch({ name: '' })).toMatchObject({ name: isA ? '' : 'x' });
    expect((await made({ name: '' })).name).toBe(isA ? '' : 'unknown');
  });

  it('fields that are taken and ignored', async () => {
    const user = await made();
    const patched = await panel.call('PATCH', `${USER}${user.uuid}/`, {
      is_active: false,
      last_reset_time: '2020-01-01 00:00:00',
    });
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ id: user.id, is_active: true, last_reset_time: user.last_reset_time });
    expect((await panel.call('PATCH', `${USER}${user.uuid}/`, {})).status).toBe(200);
  });

  it('a new uuid renames in place; a taken one is a database error', async () => {
    const [user, other] = [await made(), await made()];
    const uuid = randomUUID();
    expect((await panel.call('PATCH', `${USER}${user.uuid}/`, { uuid })).body).toMatchObject({
      uuid,
      id: user.id,
      wg_pk: user.wg_pk,
    });
    expect((await panel.call('GET', `${USER}${user.uuid}/`)).status).toBe(404);
    expect((await panel.call('PATCH', `${USER}${uuid}/`, { uuid: other.uuid })).status).toBe(500);
  });

  it('delete, delete again, make again', async () => {
    const user = await made({ comment: 'old' });
    expect(await panel.call('DELETE', `${USER}${user.uuid}/`)).toMatchObject({
      status: 200,
      body: { status: 200, msg: 'ok' },
    });
    expect((await panel.call('DELETE', `${USER}${user.uuid}/`)).status).toBe(404);
    expect((await panel.call('GET', `${USER}${user.uuid}/`)).status).toBe(404);
    const again = await panel.call('POST', USER, { name: 'new', uuid: user.uuid });
    expect(again).toMatchObject({ status: 200, body: { comment: '', package_days: 90 } });
    expect(again.body.id).not.toBe(user.id);
  });

  it('routes and methods that do not exist: real codes on B and C, inside a 500 on A', async () => {
    const { uuid } = await made();
    const expectCode = async (method: string, path: string, code: number) => {
      const reply = await panel.call(method, path);
      expect(reply.status).toBe(isA ? 500 : code);
      expect(reply.body.message).toBeUndefined();
      if (isA) expect(reply.body.msg).toMatch(new RegExp(`^${code} `));
    };
    await expectCode('GET', `${USER}zzz/`, 404);
    await expectCode('GET', 'api/v2/admin/nothing/', 404);
    await expectCode('PUT', `${USER}${uuid}/`, 405);
    await expectCode('PUT', USER, 405);
  });

  it('the load is told in the recorded mixture of numbers and texts', async () => {
    const status = (await panel.call('GET', 'api/v2/admin/server_status/')).body;
    expect(typeof status.usage_history.total.usage).toBe('string');
    expect(typeof status.usage_history.total.users).toBe('number');
    expect(status.stats.system.ram_total).toBeGreaterThan(status.stats.system.ram_used);
    const usage = await panel.call('GET', 'api/v2/admin/update_user_usage/');
    expect(usage.headers.get('content-type')).toContain('text/html');
    expect(JSON.parse(usage.text).status).toBe('success');
  });

  it('an agent: sees their own users, may not see others, and their limit counts from B on', async () => {
    const agent = randomUUID();
    const reply = await panel.call('POST', 'api/v2/admin/admin_user/', {
      uuid: agent,
      name: 'shop',
      mode: 'agent',
      can_add_admin: false,
      lang: 'en',
      max_users: 1,
      max_active_users: 1,
    });
    expect(reply.status).toBe(200);
    const as = (method: string, path: string, body?: object) =>
      panel.call(method, path, body, { 'Hiddify-API-Key': agent });
    const foreign = await made();
    expect(await as('GET', USER)).toMatchObject({ status: 404 });
    expect(await as('GET', `${USER}${foreign.uuid}/`)).toMatchObject({ status: isC ? 404 : 403 });
    expect((await as('DELETE', `${USER}${foreign.uuid}/`)).status).toBe(isC ? 404 : 403);
    const own = await as('POST', USER, { name: 'own' });
    expect(own.body.added_by_uuid).toBe(agent);
    expect((await as('GET', USER)).body).toHaveLength(1);
    const second = await as('POST', USER, { name: 'second' });
    expect(second.status).toBe(isA ? 200 : 400);
    if (!isA) expect(second.body.message).toMatch(/^User limit reached/);
    expect((await as('GET', 'api/v2/admin/update_user_usage/')).status).toBe(isC ? 401 : 403);
    expect((await as('GET', 'api/v2/admin/me/')).body).toMatchObject({ mode: 'agent', uuid: agent });
  });

  it('an unknown added_by_uuid makes an administrator on A, and is refused from B on', async () => {
    const reply = await panel.call('POST', USER, { name: 'x', added_by_uuid: randomUUID() });
    expect(reply.status).toBe(isA ? 200 : 400);
  });
});
