/** How a panel's answers are classified, and that no error contains a secret. */
import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readAnswer } from '../../../src/gateways/hiddify/answers';
import { clientOf, month, startPanel, VERSIONS, type TestPanel } from './panel';
import { createAuthority, type Certificate } from '../../support/certificates';
import { TYPESCRIPT } from '../../support/children';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function panelOf(version: string): Promise<TestPanel> {
  const at = await startPanel(version);
  open.push(at.simulator);
  return at;
}

async function answeringOverTls(certificate: Certificate): Promise<{ adminUrl: string; apiKey: string }> {
  const server = createSecureServer(certificate, (_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) });
  return { adminUrl: `https://localhost:${(server.address() as AddressInfo).port}/secretPath`, apiKey: randomUUID() };
}

/** A web server that answers everything in one way. */
async function answering(listener: RequestListener): Promise<{ adminUrl: string; apiKey: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) });
  return { adminUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secretPath`, apiKey: randomUUID() };
}

const answer = (status: number, text: string, headers: Record<string, string> = {}) => ({
  status,
  text,
  headers: new Headers(headers),
});

describe('one answer, one conclusion', () => {
  it.each([
    [401, '{"message":"Unauthorized","detail":{}}', 'refused', 'auth'],
    [403, '{"message":"Unathorized","detail":{}}', 'refused', 'auth'],
    [400, '{"message":"invalid request","detail":{}}', 'refused', 'path'],
    [400, '{"message":"invalid","detail":{}}', 'refused', 'path'],
    [401, '<html>401 Authorization Required</html>', 'refused', 'blocked'],
    [403, '<html>403 Forbidden</html>', 'refused', 'blocked'],
    [403, '{"error":"blocked by the firewall"}', 'refused', 'blocked'],
    [403, '', 'refused', 'blocked'],
    [407, '', 'refused', 'blocked'],
    [451, '<html>unavailable</html>', 'refused', 'blocked'],
    [400, '{"message":"The user exists","detail":{}}', 'refused', 'exists'],
    [400, '{"message":"User limit reached: max 1 users / 1 active","detail":{}}', 'refused', 'full'],
    [400, '{"message":"Active user limit reached: disable another user","detail":{}}', 'refused', 'full'],
    [400, '{"message":"Invalid added_by_uuid","detail":{}}', 'refused', 'bad-request'],
    [400, '{"msg":"The browser sent a request"}', 'refused', 'bad-request'],
    [400, '<html>The plain HTTP request was sent to HTTPS port</html>', 'refused', 'path'],
    [404, '{"message":"User not found","detail":{}}', 'refused', 'not-found'],
    [404, '{"msg":"The requested URL was not found"}', 'refused', 'path'],
    [404, '<html>404</html>', 'refused', 'path'],
    [405, '{"msg":"The method is not allowed"}', 'refused', 'path'],
    [308, '', 'refused', 'path'],
    [302, '', 'refused', 'path'],
    [422, '{"message":"Validation error","detail":{"json":{"mode":["bad"]}}}', 'refused', 'invalid'],
    [422, 'null', 'refused', 'invalid'],
    [500, '{"msg":"404 Not Found: gone"}', 'refused', 'path'],
    [500, '{"msg":"405 Method Not Allowed: no"}', 'refused', 'path'],
    [500, '{"msg":"400 Bad Request: no"}', 'refused', 'path'],
    [500, '{"msg":"(MySQLdb.IntegrityError) 1062"}', 'unknown-outcome', 'server-error'],
    [500, '{"msg":"4040 things"}', 'unknown-outcome', 'server-error'],
    [502, '<html>bad gateway</html>', 'unknown-outcome', 'server-error'],
    [504, '', 'unknown-outcome', 'server-error'],
    [408, '', 'unknown-outcome', 'server-error'],
    [429, '', 'rate-limited', 'server-error'],
    [200, '<html>login</html>', 'unknown-outcome', 'unreadable'],
    [200, '"ok"', 'unknown-outcome', 'unreadable'],
    [204, '', 'unknown-outcome', 'unreadable'],
  ])('%i %s is %s %s', (status, text, kind, code) => {
    expect(() => readAnswer('getUser', answer(status, text))).toThrow(
      expect.objectContaining({ service: 'hiddify', kind, code, operation: 'getUser' }) as unknown as Error,
    );
  });

  it('a 422 names the field, as long as it looks like one', () => {
    const names = (json: object) => {
      try {
        readAnswer('x', answer(422, JSON.stringify({ message: 'Validation error', detail: { json } })));
      } catch (error) {
        return (error as { parameter?: string }).parameter;
      }
      return 'no error';
    };
    expect(names({ start_date: ['no'] })).toBe('start_date');
    expect(names({ '<script>': ['no'] })).toBeUndefined();
  });

  it('"come back later" carries the time', () => {
    expect(() => readAnswer('x', answer(429, '', { 'Retry-After': '7' }))).toThrow(
      expect.objectContaining({ retryAfterMs: 7_000 }) as unknown as Error,
    );
  });
});

describe('a panel that is not there', () => {
  it('refused connection: nothing happened', async () => {
    const at = await panelOf('14.0.5');
    await at.simulator.close();
    // In a process of its own: inside jest, fetch's errors come from another realm than the code under test.
    const program = `require(${JSON.stringify(join(__dirname, '../../../src/gateways/hiddify'))})
      .createHiddifyPanel(${JSON.stringify({ adminUrl: at.simulator.adminUrl, apiKey: at.simulator.apiKey })})
      .ensureUser(${JSON.stringify(month())}).catch((error) => console.log(error.kind))`;
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, '-e', program]);
    expect(stdout.trim()).toBe('unreachable');
  });

  it('broken connections and HTML of the web server in front: unknown', async () => {
    const at = await panelOf('14.0.5');
    await at.faults({ down: true });
    await expect(at.panel.ping()).rejects.toMatchObject({ kind: 'unknown-outcome' });
    await at.faults({ down: false, error502: true });
    await expect(at.panel.ping()).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'server-error', status: 502 });
  });

  it('no answer in time: unknown', async () => {
    const at = await panelOf('14.0.5');
    await at.faults({ latencyMs: 2_000 });
    await expect(clientOf(at.simulator, { readMs: 50 }).ping()).rejects.toMatchObject({ kind: 'unknown-outcome' });
  });

  it('a redirect is not followed: the key stays with the host it was meant for', async () => {
    const seen: string[] = [];
    const elsewhere = await answering((request, response) => {
      seen.push(request.url ?? '');
      response.end('{}');
    });
    const redirecting = await answering((_request, response) =>
      response.writeHead(308, { Location: `${elsewhere.adminUrl}/` }).end(),
    );
    await expect(clientOf(redirecting).ping()).rejects.toMatchObject({ kind: 'refused', code: 'path' });
    expect(seen).toEqual([]);
  });
});

describe('a wrong address never looks like "no such customer"', () => {
  it.each(VERSIONS)('%s: the link pasted with the key in it', async (version) => {
    const at = await panelOf(version);
    const wrong = clientOf({
      adminUrl: `${at.simulator.adminUrl}/${at.simulator.apiKey}`,
      apiKey: at.simulator.apiKey,
    });
    await expect(wrong.getUser(randomUUID())).rejects.toMatchObject({ code: 'path' });
    await expect(wrong.listUsers()).rejects.toMatchObject({ code: 'path' });
    await expect(wrong.removeUser(randomUUID())).rejects.toMatchObject({ code: 'path' });
  });

  it('the client path instead of the admin path', async () => {
    const at = await panelOf('14.0.5');
    await expect(
      clientOf({ adminUrl: at.simulator.clientUrl, apiKey: at.simulator.apiKey }).info(),
    ).rejects.toMatchObject({
      code: 'path',
    });
  });
});

describe('versions', () => {
  it.each(['10.30.6', '10.70.9'])('%s is refused before anything is written', async (version) => {
    const at = await panelOf(version);
    await expect(at.panel.info()).rejects.toMatchObject({ kind: 'refused', code: 'version' });
    await expect(at.panel.ensureUser(month())).rejects.toThrow(/10\.80 or newer/);
    await expect(at.panel.setEnabled(randomUUID(), true)).rejects.toMatchObject({ code: 'version' });
    await expect(at.panel.removeUser(randomUUID())).rejects.toMatchObject({ code: 'version' });
    expect((await at.calls()).every((call) => call.startsWith('GET'))).toBe(true);
  });

  it('a newer one than known is taken for the newest family', async () => {
    const at = await panelOf('15.2.0');
    expect(await at.panel.info()).toEqual({ version: '15.2.0', family: 'C' });
  });
});

describe('the rights of the shop on the panel', () => {
  const owner = (at: TestPanel, method: string, path: string, body?: object) =>
    fetch(`${at.simulator.adminUrl}/api/v2/admin/${path}`, {
      method,
      headers: { 'Hiddify-API-Key': at.simulator.apiKey },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });

  it.each(VERSIONS)("%s: another administrator's customer is neither changed nor claimed", async (version) => {
    const at = await panelOf(version);
    const agentKey = randomUUID();
    await owner(at, 'POST', 'admin_user/', {
      uuid: agentKey,
      name: 'shop',
      mode: 'agent',
      can_add_admin: false,
      lang: 'ru',
    });
    const state = month();
    await at.panel.ensureUser(state);
    const agent = clientOf({ adminUrl: at.simulator.adminUrl, apiKey: agentKey });
    await expect(agent.ensureUser({ ...state, packageDays: 1 })).rejects.toMatchObject({
      kind: 'refused',
      code: version.startsWith('14') ? 'hidden' : 'auth',
    });
    expect(await at.panel.getUser(state.uuid)).toMatchObject({ packageDays: 31 });
  });

  it.each(['13.0.3', '14.0.5'])(
    '%s: the limit of the administrator is a refusal that a person must solve',
    async (version) => {
      const at = await panelOf(version);
      const agentKey = randomUUID();
      await owner(at, 'POST', 'admin_user/', {
        uuid: agentKey,
        name: 'shop',
        mode: 'agent',
        can_add_admin: false,
        lang: 'ru',
        max_users: 1,
        max_active_users: 1,
      });
      const agent = clientOf({ adminUrl: at.simulator.adminUrl, apiKey: agentKey });
      await agent.ensureUser(month());
      await expect(agent.ensureUser(month())).rejects.toMatchObject({
        kind: 'refused',
        code: 'full',
        status: 400,
      });
    },
  );
});

describe('a certificate that is not accepted', () => {
  const authority = createAuthority('Authority of this test');
  const HOUR = 3_600_000;
  let trusted: string;
  beforeAll(async () => {
    trusted = join(await mkdtemp(join(tmpdir(), 'gigabridge-authority-')), 'ca.pem');
    await writeFile(trusted, authority.cert);
  });
  afterAll(() => rm(dirname(trusted), { recursive: true }));

  it.each([
    ['CERT_HAS_EXPIRED', 'has expired', authority.issue('localhost', { from: -2 * HOUR, until: -HOUR })],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name', authority.issue('panel.example')],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'is not signed by a known authority',
      createAuthority('Another authority').issue('localhost'),
    ],
    ['CERT_NOT_YET_VALID', 'is not valid yet', authority.issue('localhost', { from: HOUR, until: 2 * HOUR })],
  ])(
    '%s is reported as such, nothing was sent, and the advice is not "check address and key"',
    async (code, words, own) => {
      // In a process of its own: Node reads the authorities that it trusts beside its own at the start.
      const source = JSON.stringify(join(__dirname, '../../../src'));
      const program = `const panel = require(${source} + '/gateways/hiddify').createHiddifyPanel(${JSON.stringify(await answeringOverTls(own))});
      (async () => {
        const error = await panel.ping().catch((error) => error);
        const [finding] = await require(${source} + '/support/doctor/panels').examinePanel({ serverCode: 'nl-1' }, panel);
        console.log(JSON.stringify({ kind: error.kind, code: error.code, message: error.message, next: finding.next }));
      })()`;
      const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, '-e', program], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
      });
      expect(JSON.parse(stdout)).toEqual({
        kind: 'unreachable',
        code,
        message: expect.stringContaining(words),
        next: expect.stringMatching(/renew its certificate/),
      });
    },
  );
});

describe('values that no panel can take', () => {
  it.each([
    [{ usageLimitGb: 0 }, 'usageLimitGb'],
    [{ usageLimitGb: Number.NaN }, 'usageLimitGb'],
    [{ packageDays: 1.5 }, 'packageDays'],
    [{ packageDays: -1 }, 'packageDays'],
    [{ startDate: '2026-11-01T00:00:00Z' }, 'startDate'],
    [{ name: '  ' }, 'name'],
  ])('%j is refused before anything is written', async (change, parameter) => {
    const at = await panelOf('14.0.5');
    await expect(at.panel.ensureUser(month(change))).rejects.toMatchObject({
      kind: 'refused',
      code: 'state',
      parameter,
    });
    expect(await at.sim('GET', 'users')).toEqual([]);
  });
});

describe('what no error tells', () => {
  it("neither the secret path, nor the key, nor the panel's own words", async () => {
    const secret = 'private-key-or-SQL';
    const apiKey = randomUUID();
    const texts: string[] = [];
    for (const status of [200, 302, 400, 401, 403, 404, 405, 409, 422, 429, 500, 502]) {
      for (const body of [
        `{"msg":"${secret}","message":"${secret}","detail":{"json":{"${secret}":["${secret}"]}}}`,
        `<html>${secret}</html>`,
        `{"msg":"404 ${secret}"}`,
      ]) {
        const { adminUrl } = await answering((_request, response) =>
          response.writeHead(status, { 'Content-Type': 'application/json' }).end(body),
        );
        const panel = clientOf({ adminUrl, apiKey });
        for (const call of [
          () => panel.ping(),
          () => panel.info(),
          () => panel.listUsers(),
          () => panel.ensureUser(month()),
          () => panel.serverStatus(),
        ]) {
          await call().catch((error: Error) => {
            texts.push(`${error.message} ${JSON.stringify(error)} ${error.stack} ${JSON.stringify(error.cause)}`);
          });
        }
        await open.pop()!.close();
      }
    }
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(apiKey);
      expect(text).not.toContain('secretPath');
    }
  });
});

describe('what is sent', () => {
  it('the key in its header, JSON asked for, no cookie kept, no "bot" in the User-Agent, a final slash', async () => {
    const seen: { url: string | undefined; headers: Record<string, unknown> }[] = [];
    const at = await answering((request, response) => {
      seen.push({ url: request.url, headers: request.headers });
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Set-Cookie': 'session=abc; Path=/' })
        .end('{"msg":"GET: PONG"}');
    });
    const panel = clientOf(at);
    await panel.ping();
    await panel.ping();
    for (const { url, headers } of seen) {
      expect(headers['hiddify-api-key']).toBe(at.apiKey);
      expect(headers['accept']).toBe('application/json');
      expect(headers['cookie']).toBeUndefined();
      expect(headers['user-agent']).toMatch(/^(?!.*bot).+$/i);
      expect(url).toMatch(/\/$/);
    }
  });

  it('the same fields to every version, none that old panels refuse', async () => {
    const at = await panelOf('10.80.11');
    // Version 10 refuses unknown fields, so success on it is the proof.
    const state = month({ resetUsage: true });
    await at.panel.ensureUser(state);
    await at.panel.ensureUser({ ...state, packageDays: 3 });
  });
});
