/**
 * The built bot and worker on a Temporal that is reached by TLS with client certificates, with payloads encrypted. A
 * TLS proxy in front of the dev server does what a secured cluster's frontend does: it refuses whoever has no
 * certificate of its authority.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectTemporal, temporalTarget } from '../../src/clients/temporal';
import { readSomeSettings, TEMPORAL_SETTINGS } from '../../src/config/settings';
import { paymentWorkflowId } from '../../src/workflows/contracts/payment';
import { createPool } from '../../src/storage/postgres/pool';
import { createBuyer, payAt } from '../support/buyer';
import { createAuthority } from '../support/certificates';
import { testEnvironment } from '../support/environment';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
const HOST = 'temporal.test';
const UI = 'https://temporal-ui.test';
let stack: Stack;
let proxy: Server;
let folder: string;
let secured: Record<string, string>;

async function startTlsProxy(authority: ReturnType<typeof createAuthority>): Promise<Server> {
  const [host, port] = testEnvironment('TEST_TEMPORAL_ADDRESS').split(':');
  const server = createServer(
    {
      ...authority.issue(HOST),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      const upstream = connect(Number(port), host);
      socket.pipe(upstream).pipe(socket);
      for (const side of [socket, upstream]) side.on('error', () => (socket.destroy(), upstream.destroy()));
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  const authority = createAuthority('the test authority');
  proxy = await startTlsProxy(authority);
  folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-tls-'));
  const client = authority.issue('gigabridge');
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(path.join(folder, name), content);
    return path.join(folder, name);
  };
  secured = {
    TEMPORAL_ADDRESS: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: await file('ca.pem', authority.cert),
    TEMPORAL_TLS_CLIENT_CERT_PATH: await file('client.pem', client.cert),
    TEMPORAL_TLS_CLIENT_KEY_PATH: await file('client.key', client.key),
    TEMPORAL_TLS_SERVER_NAME: HOST,
    TEMPORAL_PAYLOAD_KEYS: `2026-11:${randomBytes(32).toString('base64')}`,
    TEMPORAL_UI_URL: UI,
  };
  stack = await startStack({ env: secured });
}, LIMIT_MS);
afterAll(async () => {
  await stack?.stop();
  proxy?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

const target = (settings: Record<string, string | undefined>) =>
  temporalTarget(readSomeSettings(TEMPORAL_SETTINGS, { TEMPORAL_NAMESPACE: stack.namespace, ...settings }));

describe('on a secured Temporal', () => {
  it(
    'a purchase ends with the key, and what Temporal stores of it can be read with the key only',
    async () => {
      const buyer = createBuyer(stack.telegramUrl, 9_501);
      await buyer.start();
      await payAt(stack.yookassaUrl, await buyer.order());
      await waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });
      const pool = createPool(stack.databaseUrl, { max: 1, onError: () => undefined });
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM payments WHERE user_id = $1', [buyer.id]);
      await pool.end();
      const workflowId = paymentWorkflowId(rows[0]!.id);

      const stored = await inputOf(workflowId, {
        TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      });
      expect(Buffer.from(stored.metadata!['encoding']!).toString()).toBe('binary/encrypted');
      expect(Buffer.from(stored.data!).toString('latin1')).not.toContain(rows[0]!.id);

      // The Web UI decrypts by the worker's codec endpoint.
      const json = { metadata: base64(stored.metadata!), data: Buffer.from(stored.data!).toString('base64') };
      const answer = await fetch(`${stack.urlOf('worker')}/codec/decode`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: UI },
        body: JSON.stringify({ payloads: [json] }),
      });
      expect(answer.headers.get('access-control-allow-origin')).toBe(UI);
      const { payloads } = (await answer.json()) as { payloads: { data: string }[] };
      expect(JSON.parse(Buffer.from(payloads[0]!.data, 'base64').toString())).toMatchObject({ paymentId: rows[0]!.id });
    },
    LIMIT_MS,
  );

  it('refuses whoever has no certificate, and a server that is not the one named is refused', async () => {
    const { TEMPORAL_TLS_CLIENT_CERT_PATH: _cert, TEMPORAL_TLS_CLIENT_KEY_PATH: _key, ...anonymous } = secured;
    await expect(connectTemporal({ ...target(anonymous), connectTimeoutMs: 3_000 })).rejects.toThrow();
    const otherName = { ...secured, TEMPORAL_TLS_SERVER_NAME: 'other.test' };
    await expect(connectTemporal({ ...target(otherName), connectTimeoutMs: 3_000 })).rejects.toThrow();
    await (await connectTemporal(target(secured))).close();
  });
});

async function inputOf(workflowId: string, settings: Record<string, string>) {
  const { client, close } = await connectTemporal(target(settings));
  try {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    return history.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
  } finally {
    await close();
  }
}

function base64(metadata: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  );
}
