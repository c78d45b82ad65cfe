/** The message for the operator when Temporal answers but can't be used with these settings. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { temporalTarget } from '../../src/clients/temporal';
import { explainHandshake, explainTemporalFailure, UnusableTemporalError } from '../../src/clients/temporalFailure';
import { createAuthority, type Authority } from '../support/certificates';

let folder: string;
let [authority, other]: Authority[] = [];
const files: Record<string, string> = {};
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-failure-'));
  [authority, other] = [createAuthority('the authority'), createAuthority('another authority')];
  const client = authority.issue('gigabridge');
  const contents = {
    ca: authority.cert,
    otherCa: other.cert,
    cert: client.cert,
    key: client.key,
    otherKey: other.issue('gigabridge').key,
    text: 'this is no certificate',
  };
  for (const [name, content] of Object.entries(contents)) {
    files[name] = path.join(folder, name);
    await writeFile(files[name], content);
  }
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const secured = () =>
  listen(
    createServer({ ...authority!.issue('temporal.test'), ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('settings'));
    }),
  );

const NO_ANSWER = new Error('Failed to connect before the deadline');

const said = async (settings: Readonly<Record<string, string | undefined>>, error: unknown = NO_ANSWER) => {
  const { connection } = temporalTarget({ TEMPORAL_NAMESPACE: 'default', TEMPORAL_ADDRESS: '', ...settings });
  return ((await explainTemporalFailure(connection, error)) as Error).message;
};

describe('of a server with TLS', () => {
  it('that is asked without', async () => {
    const address = await secured();
    expect(await said({ TEMPORAL_ADDRESS: address })).toBe(
      `Temporal at ${address}: it speaks TLS, and the settings do not. Set TEMPORAL_TLS=true, or its certificates: docs/secured-temporal.md.`,
    );
  });

  it('whose authority is another one', async () => {
    const settings = { TEMPORAL_ADDRESS: await secured(), TEMPORAL_TLS_SERVER_NAME: 'temporal.test' };
    expect(await said({ ...settings, TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['otherCa'] })).toMatch(
      /: its certificate is not signed by the authority of TEMPORAL_TLS_SERVER_CA_CERT_PATH\. Set /,
    );
    expect(await said(settings)).toMatch(/: its certificate is not signed by a public authority\. Set /);
  });

  it('that is called another name', async () => {
    const settings = { TEMPORAL_ADDRESS: await secured(), TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['ca'] };
    expect(await said({ ...settings, TEMPORAL_TLS_SERVER_NAME: 'other.test' })).toMatch(
      /: its certificate is not for other\.test, but for DNS:temporal\.test\. Set TEMPORAL_TLS_SERVER_NAME /,
    );
    expect(await said(settings)).toMatch(/: its certificate is not for 127\.0\.0\.1, but for DNS:temporal\.test\. /);
  });

  it('that is right: what was reported stays', async () => {
    const settings = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: files['ca'], TEMPORAL_TLS_SERVER_NAME: 'temporal.test' };
    expect(await said({ TEMPORAL_ADDRESS: await secured(), ...settings })).toBe(NO_ANSWER.message);
  });
});

it.each([
  ['TEMPORAL_TLS', 'true'],
  ['TEMPORAL_API_KEY', 'a-key'],
])('of a server without TLS that is asked with it: %s', async (name, value) => {
  const address = await listen(createPlainServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400')));
  expect(await said({ TEMPORAL_ADDRESS: address, [name]: value })).toMatch(/: it does not speak TLS\. Leave out /);
});

it.each(['', 'true'])('of nobody who listens, nothing is claimed: TEMPORAL_TLS=%s', async (tls) => {
  const server = createPlainServer();
  const address = await listen(server);
  server.close();
  expect(await said({ TEMPORAL_ADDRESS: address, ...(tls ? { TEMPORAL_TLS: true as never } : {}) })).toBe(
    NO_ANSWER.message,
  );
});

// As Temporal's own server ends the connection, measured with `npm run bench -- secured`.
it.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', false, 'it asks for a client certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', false, 'it asks for a client certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', true, 'it refuses the client certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', true, 'it refuses the client certificate'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', true, 'the client certificate has ended'],
  ['CERT_HAS_EXPIRED', true, 'its certificate has ended'],
  ['ETIMEDOUT', true, undefined],
])('of a handshake that ends with %s, a certificate given: %s', (code, hasCertificate, problem) => {
  const explanation = explainHandshake({ code, secured: true }, { name: 'temporal.test', hasCa: true, hasCertificate });
  expect(explanation?.problem).toBe(problem);
});

it.each([
  [{}, 16, 'it asks for an API key. Set TEMPORAL_API_KEY.'],
  [{}, 7, 'it asks for an API key. Set TEMPORAL_API_KEY.'],
  [{ TEMPORAL_API_KEY: 'a-key' }, 7, 'it refuses the API key. Check that '],
])('of a refused call: %j, code %i', async (settings, code, words) => {
  const error = Object.assign(new Error('Request unauthorized.'), { code });
  for (const one of [error, new Error('it failed', { cause: error })])
    expect(await said({ TEMPORAL_ADDRESS: 'localhost:1', ...settings }, one)).toContain(`localhost:1: ${words}`);
  expect(await said({ TEMPORAL_ADDRESS: 'localhost:1', ...settings }, error)).not.toContain('a-key');
});

describe('files that can’t be used are named at once', () => {
  const pair = { TEMPORAL_TLS_CLIENT_CERT_PATH: 'cert', TEMPORAL_TLS_CLIENT_KEY_PATH: 'key' };
  it.each([
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'missing' }],
    ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'text' }],
    ['TEMPORAL_TLS_CLIENT_CERT_PATH', { ...pair, TEMPORAL_TLS_CLIENT_CERT_PATH: 'text' }],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', { ...pair, TEMPORAL_TLS_CLIENT_KEY_PATH: 'text' }],
    ['TEMPORAL_TLS_CLIENT_KEY_PATH', { ...pair, TEMPORAL_TLS_CLIENT_KEY_PATH: 'otherKey' }],
  ])('%s: %j', (name, given) => {
    const settings = Object.fromEntries(
      Object.entries(given).map(([setting, file]) => [setting, files[file] ?? path.join(folder, file)]),
    );
    const read = () => temporalTarget({ TEMPORAL_NAMESPACE: 'default', TEMPORAL_ADDRESS: 'x:1', ...settings });
    expect(read).toThrow(UnusableTemporalError);
    expect(read).toThrow(new RegExp(`^${name}: the file cannot be (used|read) \\(`));
  });
});
