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
import type { Payload } from '@temporalio/common';
import { connectTemporal, temporalTarget, type TemporalClient } from '../../src/clients/temporal';
import { readSomeSettings, TEMPORAL_SETTINGS } from '../../src/config/settings';
import { MAIN_TASK_QUEUE, paymentWorkflowId } from '../../src/workflows/contracts/payment';
import { createWorkflowInspector } from '../../src/support/timeline/workflow';
import { createPool } from '../../src/storage/postgres/pool';
import { createBuyer, payAt, setFaults } from '../support/buyer';
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
      const paymentId = await newestPaymentOf(buyer.id);
      const workflowId = paymentWorkflowId(paymentId);

      const stored = await inputOf(workflowId, {
        TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      });
      expect(Buffer.from(stored.metadata!['encoding']!).toString()).toBe('binary/encrypted');
      expect(Buffer.from(stored.data!).toString('latin1')).not.toContain(paymentId);

      const { origin, value } = await asWebUi(stored);
      expect(origin).toBe(UI);
      expect(value).toMatchObject({ paymentId });
    },
    LIMIT_MS,
  );

  it(
    'what steps and workflows failed with, and what they wait for, can be read with the key only',
    async () => {
      const open = { TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS') };
      const [owner, stranger] = await Promise.all([connectTemporal(target(secured)), connectTemporal(target(open))]);
      try {
        await Promise.all(stack.hiddifyUrls.map((url) => setFaults(url, { error502: true })));
        const buyer = createBuyer(stack.telegramUrl, 9_502);
        await buyer.start();
        await payAt(stack.yookassaUrl, await buyer.order());
        const paymentId = await newestPaymentOf(buyer.id);
        const lastFailures = async ({ client }: TemporalClient) =>
          (await createWorkflowInspector(client).inspect(paymentId)).flatMap(({ pending }) =>
            pending.flatMap(({ lastFailure }) => lastFailure ?? []),
          );
        const said = await waitUntil(async () => (await lastFailures(owner)).find((text) => text.includes('502')), {
          what: 'an attempt at the panel has failed',
        });
        expect(said).toMatch(/^hiddify /);
        expect(new Set(await lastFailures(stranger))).toEqual(new Set(['Encoded failure']));
        const { raw } = await stranger.client.workflow.getHandle(paymentWorkflowId(paymentId)).describe();
        const failed = raw.pendingActivities!.find(({ lastFailure }) => lastFailure?.encodedAttributes);
        expect((await asWebUi(failed!.lastFailure!.encodedAttributes!)).value).toMatchObject({
          message: said,
          stack_trace: expect.stringContaining('at '),
        });
        const waitsFor = async ({ client }: TemporalClient) =>
          (await createWorkflowInspector(client).inspect(paymentId)).flatMap(({ timers }) =>
            timers.map(({ what }) => what),
          );
        await waitUntil(async () => (await waitsFor(owner)).length > 0, { what: 'a timer runs' });
        expect(await waitsFor(owner)).not.toContain('a timer');

        // What goes wrong in the workflow's own code is encoded in its sandbox.
        const wrong = await owner.client.workflow.start('cleanup', {
          workflowId: `cleanup-of-nonsense-${paymentId}`,
          taskQueue: MAIN_TASK_QUEUE,
          args: [{ what: 'nonsense-in-clear' }],
        });
        await waitUntil(
          async () => (await historyOf(stranger, wrong.workflowId)).includes('workflowTaskFailedEventAttributes'),
          { what: 'its task has failed' },
        );
        const texts = `${await historyOf(stranger, wrong.workflowId)} ${await historyOf(stranger, paymentWorkflowId(paymentId))}`;
        await wrong.terminate();
        expect(texts).toContain('Encoded failure');
        for (const inClear of ['nonsense-in-clear', 'unexpected value', said!, 'at async', 'hiddify ', 'make the key'])
          expect(texts).not.toContain(inClear);
      } finally {
        await Promise.all(stack.hiddifyUrls.map((url) => setFaults(url, { error502: null })));
        await Promise.all([owner.close(), stranger.close()]);
      }
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

/** What the Web UI shows of a payload: it asks the worker's codec endpoint. */
async function asWebUi({ metadata, data }: Payload): Promise<{ origin: string | null; value: unknown }> {
  const json = { metadata: base64(metadata!), data: Buffer.from(data!).toString('base64') };
  const answer = await fetch(`${stack.urlOf('worker')}/codec/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: UI },
    body: JSON.stringify({ payloads: [json] }),
  });
  const { payloads } = (await answer.json()) as { payloads: { data: string }[] };
  return {
    origin: answer.headers.get('access-control-allow-origin'),
    value: JSON.parse(Buffer.from(payloads[0]!.data, 'base64').toString()),
  };
}

/** All that somebody reads who has no key: the whole history, its payloads as text. */
async function historyOf({ client }: TemporalClient, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return JSON.stringify(events, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

async function newestPaymentOf(userId: number): Promise<string> {
  const pool = createPool(stack.databaseUrl, { max: 1, onError: () => undefined });
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM payments WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1',
    [userId],
  );
  await pool.end();
  return rows[0]!.id;
}

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
