/**
 * What the gateways conclude from answers that no service of theirs would give: a proxy's, a captive portal's, a newer
 * version's. The call fails as one of theirs, says nothing of a secret, and names no pause that nobody can wait for.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCryptoPayClient, type CryptoPayClient } from '../../src/gateways/cryptopay/client';
import { type GatewayError, LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from '../../src/gateways/errors';
import {
  createHiddifyPanel,
  openSubscription,
  openUnknownSubscription,
  type HiddifyPanel,
} from '../../src/gateways/hiddify';
import { createApi } from '../../src/gateways/telegram/api';
import {
  createTelegramGateway,
  createTelegramStars,
  findUnreachable,
  readBotStanding,
  type TelegramGateway,
  type TelegramStars,
} from '../../src/gateways/telegram';
import { createYooKassaClient, type YooKassaClient } from '../../src/gateways/yookassa/client';

const SECRET = 'SECRET-nobody-may-read';
const TOKEN = `700001:${SECRET}`;
const UUID = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';

const pause = (retry_after: unknown) =>
  JSON.stringify({ ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after } });
const BODIES = [
  '',
  'null',
  'true',
  '42',
  '"text"',
  '[]',
  '[null]',
  '{}',
  `{"message":"Forbidden ${SECRET}"}`,
  '{"message":null,"msg":7,"detail":"x"}',
  '{"detail":{"json":[]}}',
  '{"error":{"code":403}}',
  '{"status":"error","code":403}',
  `{"type":"error","id":{},"code":["${SECRET}"],"description":1,"parameter":{},"retry_after":"soon"}`,
  `{"type":"error","id":"${SECRET} x","code":"<b>${SECRET}","parameter":"${'p'.repeat(5_000)}"}`,
  '{"retry_after":1e300}',
  '{"retry_after":0}',
  '{"retry_after":-5}',
  '{"ok":false}',
  '{"ok":false,"error_code":400}',
  '{"ok":false,"error_code":403,"description":null}',
  '{"ok":false,"error_code":"403","description":"Forbidden: bot was blocked by the user"}',
  `{"ok":false,"error_code":400,"description":{"text":"${SECRET}"}}`,
  '{"ok":false,"error_code":null,"description":"x","parameters":null}',
  '{"ok":true}',
  '{"ok":true,"result":null}',
  '{"ok":true,"result":{}}',
  '{"ok":true,"result":[]}',
  '{"ok":true,"result":"x"}',
  `{"ok":false,"error":{"code":400,"name":"<b>${SECRET}"}}`,
  '{"ok":false,"error":{"code":"x","name":7}}',
  '{"ok":true,"result":{"items":[null,7]}}',
  pause('soon'),
  pause(1e300),
  pause(-5),
  pause(0),
  pause(null),
  `<!doctype html><title>${SECRET}</title>`,
  '\u0000\u0001',
  '{"ok":',
];
const STATUSES = [200, 202, 301, 400, 403, 404, 429, 500];
const RETRY_AFTER = [undefined, '0', '-1', '86400', '99999999999', 'Wed, 21 Oct 2099 07:28:00 GMT', 'soon'];

let answer = { status: 200, body: '', retryAfter: undefined as string | undefined };
/** What is asked first under this path is answered as the service would, so that the call comes to its own request. */
const KNOWN = '/known';
const FIRST: readonly [RegExp, string][] = [
  [/\/panel\/info\/$/, '{"version":"14.0.5"}'],
  [/\/getMe$/, '{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"x","username":"x_bot"}}'],
];
const server = createServer((request, response) => {
  request.resume();
  const { url = '' } = request;
  const first = url.startsWith(KNOWN) ? FIRST.find(([path]) => path.test(url))?.[1] : undefined;
  if (first !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(first);
    return;
  }
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    ...(answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter }),
  });
  response.end(answer.body);
});

/** Every call of a gateway: the list does not compile without one of them. */
type Call =
  | `telegram ${keyof TelegramGateway | keyof TelegramStars | 'standing' | 'findUnreachable'}`
  | `yookassa ${keyof YooKassaClient}`
  | `cryptopay ${keyof CryptoPayClient}`
  | `hiddify ${Exclude<keyof HiddifyPanel, 'admin'> | 'openSubscription' | 'openUnknownSubscription'}`;
let calls: Record<Call, () => Promise<unknown>>;
/** Those that ask something else first, which is answered here. */
let laterCalls: Record<string, () => Promise<unknown>>;
const panelCalls = (panel: () => HiddifyPanel) => ({
  'hiddify info': () => panel().info(),
  'hiddify getUser': () => panel().getUser(UUID),
  'hiddify listUsers': () => panel().listUsers(),
  'hiddify readAccounts': () => panel().readAccounts(async () => [UUID]),
  'hiddify ensureUser': () => panel().ensureUser(STATE),
  'hiddify setEnabled': () => panel().setEnabled(UUID, false),
  'hiddify refreshUser': () => panel().refreshUser(UUID),
  'hiddify removeUser': () => panel().removeUser(UUID),
  'hiddify seesAccountsOf': () => panel().seesAccountsOf('another'),
  'hiddify serverStatus': () => panel().serverStatus(),
  'hiddify ping': () => panel().ping(),
});
const STATE = {
  uuid: UUID,
  name: 'gb',
  comment: 'x',
  startDate: '2026-11-24',
  packageDays: 31,
  usageLimitGb: 100,
  enable: true,
};

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const access = { token: TOKEN, apiRoot: url, timeoutMs: 60_000 };
  const telegram = createTelegramGateway(access);
  const stars = createTelegramStars(createApi(access));
  const invoice = { title: 'x', description: 'x', payload: 'x', stars: 1 };
  const message = { chatId: 1, messageId: 2, text: 'x' };
  const timeouts = { postMs: 60_000, getMs: 60_000 };
  const yookassa = createYooKassaClient({ baseUrl: `${url}/v3`, shopId: '1', secretKey: SECRET, timeouts });
  const cryptopay = createCryptoPayClient({
    baseUrl: url,
    token: TOKEN,
    timeouts: { writeMs: 60_000, readMs: 60_000 },
  });
  const panelAt = (path: string) => () =>
    createHiddifyPanel({ adminUrl: `${url}${path}/${SECRET}`, apiKey: UUID, writeGapMs: 0 });
  calls = {
    'telegram sendMessage': () => telegram.sendMessage(message),
    'telegram editMessage': () => telegram.editMessage(message),
    'telegram sendPhoto': () => telegram.sendPhoto({ chatId: 1, png: new Uint8Array([1]) }),
    'telegram deleteMessage': () => telegram.deleteMessage(message),
    'telegram isMember': () => telegram.isMember({ chat: '@channel', userId: 1 }),
    'telegram sendInvoice': () => stars.sendInvoice({ chatId: 1, startParameter: 'x' }, invoice),
    'telegram createInvoiceLink': () => stars.createInvoiceLink(invoice),
    'telegram answerPreCheckout': () => stars.answerPreCheckout('1', undefined),
    'telegram refundCharge': () => stars.refundCharge({ payerId: 1, chargeId: 'stx' }),
    'telegram transactions': () => stars.transactions(0),
    'telegram balance': () => stars.balance(),
    'telegram standing': () => readBotStanding(access),
    'telegram findUnreachable': () => findUnreachable(access, [1]),
    'yookassa createPayment': () => yookassa.createPayment({} as never, 'key'),
    'yookassa getPayment': () => yookassa.getPayment('id'),
    'yookassa listPayments': () => yookassa.listPayments(),
    'yookassa createRefund': () => yookassa.createRefund({} as never, 'key'),
    'yookassa getRefund': () => yookassa.getRefund('id'),
    'yookassa listRefunds': () => yookassa.listRefunds(),
    'yookassa getMe': () => yookassa.getMe(),
    'cryptopay createInvoice': () => cryptopay.createInvoice({} as never),
    'cryptopay getInvoices': () => cryptopay.getInvoices(['1']),
    'cryptopay listInvoices': () => cryptopay.listInvoices(),
    'cryptopay deleteInvoice': () => cryptopay.deleteInvoice('1'),
    'cryptopay transfer': () => cryptopay.transfer({} as never),
    'cryptopay listTransfers': () => cryptopay.listTransfers(),
    'cryptopay getTransfer': () => cryptopay.getTransfer('key'),
    'cryptopay getMe': () => cryptopay.getMe(),
    'cryptopay getBalance': () => cryptopay.getBalance(),
    ...panelCalls(panelAt('')),
    'hiddify openSubscription': () => openSubscription(`${url}/${SECRET}/${UUID}/`),
    'hiddify openUnknownSubscription': () => openUnknownSubscription(`${url}/${SECRET}`),
  };
  laterCalls = {
    'telegram standing, after getMe': () => readBotStanding({ ...access, apiRoot: `${url}${KNOWN}` }),
    ...Object.fromEntries(
      Object.entries(panelCalls(panelAt(KNOWN))).map(([name, call]) => [`${name}, of a known version`, call]),
    ),
  };
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

async function failureOf(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('an answer of something else', () => {
  it.each(STATUSES)('with status %i is classified, whatever its body', async (status) => {
    for (const body of BODIES) {
      answer = { status, body, retryAfter: undefined };
      await Promise.all(
        Object.entries({ ...calls, ...laterCalls }).map(async ([name, call]) => {
          const error = await failureOf(call);
          if (error === undefined) return;
          const about = `${name} ${status} ${body.slice(0, 60)}`;
          expect([about, (error as Error).name]).toEqual([about, 'GatewayError']);
          const { message, retryAfterMs } = error as GatewayError;
          expect([message, JSON.stringify(error)].join()).not.toContain(SECRET);
          expect(message.length).toBeLessThan(500);
          if (retryAfterMs === undefined) return;
          expect(retryAfterMs).toBeGreaterThanOrEqual(SHORTEST_PAUSE_MS);
          expect(retryAfterMs).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
        }),
      );
    }
  });

  it('is never taken for "nobody there": a buyer is not given up for a proxy’s word', async () => {
    for (const body of ['{"message":"Forbidden"}', '{"ok":false,"error_code":403}', '{"ok":true}', 'null']) {
      answer = { status: 403, body, retryAfter: undefined };
      expect(await failureOf(calls['telegram sendMessage'])).toMatchObject({ kind: 'unknown-outcome' });
      expect(await failureOf(calls['telegram isMember'])).toMatchObject({ kind: 'unknown-outcome' });
      expect(await calls['telegram findUnreachable']().catch(() => [])).toEqual([]);
    }
  });

  it('is never taken for "no such account": what a proxy has not found may be there', async () => {
    for (const body of ['', '{}', 'null', `<!doctype html><title>${SECRET}</title>`, '{"detail":"Not Found"}']) {
      answer = { status: 404, body, retryAfter: undefined };
      for (const name of ['getUser', 'listUsers', 'removeUser', 'readAccounts'])
        expect([body, name, await failureOf(laterCalls[`hiddify ${name}, of a known version`]!)]).toMatchObject([
          body,
          name,
          { name: 'GatewayError' },
        ]);
    }
  });

  it.each(RETRY_AFTER)('Retry-After: %s is a pause that somebody can wait for', async (retryAfter) => {
    answer = { status: 429, body: '{}', retryAfter };
    for (const [name, call] of Object.entries(calls)) {
      // Of a customer's link a pause says nothing, and Telegram's is in its body.
      if (name.startsWith('telegram') || name.startsWith('hiddify open')) continue;
      const error = (await failureOf(call)) as GatewayError;
      expect(error).toMatchObject({ kind: 'rate-limited' });
      if (error.retryAfterMs === undefined) continue;
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(SHORTEST_PAUSE_MS);
      expect(error.retryAfterMs).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
    }
  });
});
