import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { request } from 'node:http';
import { startDemo } from '../../demo/app';
import { connectSupervisor } from '../../demo/supervisor';
import { start as startHiddify } from '../../simulators/hiddify/server';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYookassa } from '../../simulators/yookassa/server';
import { waitUntil } from '../support/wait';

type Running = { url: string; close(): Promise<void> };

const ADMIN_KEY = '7c1d0a6e-4a55-4d3c-9d5e-0a3f4f1f6b10';
const USER_UUID = '0f0e0d0c-0b0a-4908-8706-050403020100';
const anywhere = { port: 0, host: '127.0.0.1' };

/** Takes the place of `scripts/start.mjs` at the other end of the IPC channel. */
class Channel extends EventEmitter {
  connected = true;
  readonly sent: object[] = [];
  send = (message: object): void => void this.sent.push(message);
}

describe('The demo server', () => {
  const channel = new Channel();
  let telegram: Running;
  let yookassa: Running;
  let panel: Running;
  let demo: Running;

  const api = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(`${demo.url}/api/${path}`, {
      method,
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });

  beforeAll(async () => {
    [telegram, yookassa, panel] = await Promise.all([
      startTelegram(anywhere),
      startYookassa(anywhere),
      startHiddify({ ...anywhere, 'admin-key': ADMIN_KEY }),
    ]);
    demo = await startDemo(
      {
        ...anywhere,
        telegramUrl: telegram.url,
        yookassaUrl: yookassa.url,
        panels: [{ name: 'nl-1', url: panel.url }],
        botUrl: undefined,
        temporalUiUrl: 'http://localhost:8233',
        temporalAddress: undefined,
        temporalNamespace: 'default',
      },
      connectSupervisor(channel),
    );
    const { adminUrl } = (await (await fetch(`${panel.url}/_sim/panel`)).json()) as { adminUrl: string };
    await fetch(`${adminUrl}/api/v2/admin/user/`, {
      method: 'POST',
      headers: { 'Hiddify-API-Key': ADMIN_KEY, 'Content-Type': 'application/json' },
      body: JSON.stringify({ uuid: USER_UUID, name: 'gb-1', package_days: 30, usage_limit_GB: 100, telegram_id: 42 }),
    });
    await fetch(`${yookassa.url}/v3/payments`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${btoa('100500:test_demo')}`,
        'Idempotence-Key': 'k1',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({
        amount: { value: '199.00', currency: 'RUB' },
        confirmation: { type: 'redirect', return_url: 'http://localhost/pay/return' },
        metadata: { gigabridge_payment_id: 'p-1' },
      }),
    });
  });
  afterAll(async () => {
    for (const one of [demo, telegram, yookassa, panel]) await one?.close();
  });
  beforeEach(() => {
    channel.sent.length = 0;
    channel.connected = true;
  });

  /** Everything the page is told until `enough` says so. */
  async function listen(
    enough: (text: string) => boolean,
    act: () => Promise<unknown> = async () => undefined,
  ): Promise<string> {
    const leave = new AbortController();
    const { body } = await fetch(`${demo.url}/api/live?user=42`, { signal: leave.signal });
    let text = '';
    let acted = false;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('chat-link\ndata: up') && !acted) {
        acted = true;
        await act();
      }
      if (enough(text)) break;
    }
    leave.abort();
    return text;
  }

  it('tells the page who is on a panel without the keys that would open their VPN or the panel', async () => {
    const told = await listen((text) => text.includes('gb-1') && text.includes('p-1'));
    expect(told).toContain('"telegramId":42');
    for (const secret of [USER_UUID, ADMIN_KEY, 'subscription_url', 'SimClientPath', 'SimAdminPath'])
      expect(told).not.toContain(secret);
  });

  it('links every payment of the shop to its workflow', async () => {
    expect(await listen((text) => text.includes('p-1'))).toContain(
      '"url":"http://localhost:8233/namespaces/default/workflows/payment-p-1"',
    );
  });

  it('passes on what happens in the chat', async () => {
    const told = await listen(
      (text) => text.includes('event: chat\n'),
      () => api('POST', 'chat/42/start', { firstName: 'Anna', languageCode: 'en' }),
    );
    expect(told).toContain('/start');
    expect(await (await api('GET', 'chat/42')).json()).toMatchObject({
      user: { started: true },
      messages: [{ from: 'user', text: '/start' }],
    });
  });

  it('starts somebody who comes by a link of another visitor, and takes nothing but a payload', async () => {
    const person = { firstName: 'Bob', languageCode: 'en' };
    await api('POST', 'chat/43/start', { ...person, payload: 'ref_0123ABCD' });
    expect(await (await api('GET', 'chat/43')).json()).toMatchObject({ messages: [{ text: '/start ref_0123ABCD' }] });
    expect((await api('POST', 'chat/44/start', { ...person, payload: 'a b' })).ok).toBe(false);
  });

  it('shows an empty chat to somebody who has not pressed Start', async () => {
    expect(await (await api('GET', 'chat/77')).json()).toEqual({
      user: { firstName: '', started: false, blocked: false },
      messages: [],
    });
  });

  it.each(['panel-down-nl-1', 'yookassa-500-before', 'yookassa-500-after', 'webhooks-lost', 'telegram-down'])(
    'breaks and repairs %s',
    async (id) => {
      const isOn = (on: boolean) => (text: string) =>
        text.includes(`"id":"${id}"`) &&
        new RegExp(`"id":"${id}"[^}]*"on":${String(on)}`).test(text.slice(text.lastIndexOf('event: overview')));
      await listen(isOn(true), () => api('PUT', `faults/${id}`, { on: true }));
      await listen(isOn(false), () => api('PUT', `faults/${id}`, { on: false }));
    },
  );

  it('asks for the worker to be killed, and for nothing that would stop the demo itself', async () => {
    expect((await api('POST', 'processes/worker/kill', {})).status).toBe(202);
    for (const name of ['postgres', 'temporal', 'telegram', 'demo'])
      expect((await api('POST', `processes/${name}/kill`, {})).status).toBe(409);
    expect(channel.sent).toEqual([{ type: 'kill', name: 'worker' }]);
  });

  it('shows processes going down and coming back', async () => {
    const told = await listen(
      (text) => text.includes('"state":"running","pid":7'),
      async () => {
        channel.emit('message', { type: 'process', name: 'worker', state: 'down' });
        await waitUntil(() => true);
        channel.emit('message', { type: 'process', name: 'worker', state: 'running', pid: 7 });
      },
    );
    expect(told).toContain('"name":"worker"');
  });

  it('kills nothing when it was started by hand, because nobody would start it again', async () => {
    channel.connected = false;
    expect((await api('POST', 'processes/worker/kill', {})).status).toBe(409);
    expect(channel.sent).toEqual([]);
  });

  it('takes no orders from another website', async () => {
    expect((await api('POST', 'processes/worker/kill', {}, { Origin: 'https://evil.example' })).status).toBe(403);
    const plainForm = await fetch(`${demo.url}/api/processes/worker/kill`, {
      method: 'POST',
      body: 'x=1',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(plainForm.status).toBe(415);
    expect(await statusForHost('evil.example')).toBe(403);
    expect(await statusForHost('localhost:1234')).toBe(200);
    expect(channel.sent).toEqual([]);
  });

  it('may be framed by nobody, and frames the checkout and nothing from elsewhere', async () => {
    const policy = (await fetch(demo.url)).headers.get('content-security-policy');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`http://localhost:${new URL(yookassa.url).port}`);
    expect(policy).not.toMatch(/frame-src[^;]*https:/);
  });

  /** `fetch` doesn't let anyone choose the Host header. */
  function statusForHost(host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(demo.url, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  }
});
