import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createYooKassaClient, type YooKassaClient } from '../../../src/gateways/yookassa/client';
import { buildPaymentRequest } from '../../../src/gateways/yookassa/requests';

/** Answers that the stand-in never gives, but that the real service might give in future. */
let server: Server;
let client: YooKassaClient;
let next: { status?: number; headers?: Record<string, string>; body: string };
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(next.status ?? 200, next.headers).end(next.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createYooKassaClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
    shopId: '1',
    secretKey: 'x',
  });
});
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
    }),
);

const payment = {
  id: '30f428d3-000f-5000-8000-1c2d3e4f5a6b',
  status: 'pending',
  amount: { value: '990.00', currency: 'RUB' },
  created_at: '2026-01-10T09:00:03.120Z',
  confirmation: { type: 'redirect', confirmation_url: 'https://yoomoney.ru/checkout' },
  test: false,
  paid: false,
  refundable: false,
  metadata: { payment_id: 'p-1' },
};
const answer = (change: object) => {
  next = { body: JSON.stringify({ ...payment, ...change }) };
};
const read = () => client.getPayment(payment.id);
const create = () =>
  client.createPayment(
    buildPaymentRequest({
      amountKopecks: 99_000,
      description: 'VPN',
      returnUrl: 'https://bot.example/r',
      metadata: {},
    }),
    'key',
  );

describe('an answer of a future version', () => {
  it('with new fields is read as before', async () => {
    answer({ loyalty: { points: 5 }, metadata: { payment_id: 'p-1', nothing: null, number: 5 } });
    expect(await read()).toMatchObject({
      status: 'pending',
      metadata: { payment_id: 'p-1' },
      confirmationUrl: 'https://yoomoney.ru/checkout',
    });
    expect((await read()).metadata).toEqual({ payment_id: 'p-1' });
  });

  it('with a status nobody knows is neither paid nor ended', async () => {
    answer({ status: 'frozen' });
    expect(await read()).toMatchObject({ status: 'unknown', rawStatus: 'frozen' });
    answer({ status: 'unknown' });
    expect(await read()).toMatchObject({ status: 'unknown', rawStatus: 'unknown' });
  });

  it('without optional things still reads', async () => {
    answer({
      metadata: undefined,
      confirmation: undefined,
      refundable: undefined,
      cancellation_details: { party: 'new' },
    });
    expect(await read()).toMatchObject({
      metadata: {},
      confirmationUrl: undefined,
      refundable: false,
      cancellation: undefined,
    });
  });
});

describe('an answer that cannot be trusted', () => {
  it.each([
    ['no id', { id: undefined }],
    ['no status', { status: undefined }],
    ['no amount', { amount: undefined }],
    ['no paid', { paid: undefined }],
    ['no test flag', { test: undefined }],
    ['no date', { created_at: undefined }],
    ['an amount as a number', { amount: { value: 990, currency: 'RUB' } }],
    ['an amount without kopecks', { amount: { value: '990', currency: 'RUB' } }],
    ['a thousands separator', { amount: { value: '1,990.00', currency: 'RUB' } }],
    ['no currency', { amount: { value: '990.00' } }],
    ['a broken refunded amount', { refunded_amount: { value: '1', currency: 'RUB' } }],
  ])('with %s leaves the outcome unknown: neither success nor failure', async (_what, change) => {
    answer(change);
    await expect(create()).rejects.toMatchObject({ kind: 'unknown-outcome', status: 200 });
    await expect(read()).rejects.toMatchObject({ kind: 'unknown-outcome' });
  });

  it.each(['', 'null', '[]', '"ok"', '{', '<html>Ведутся работы</html>'])(
    'body %p leaves it unknown, and is not quoted',
    async (body) => {
      next = { body };
      await expect(create()).rejects.toMatchObject({
        kind: 'unknown-outcome',
        status: 200,
        message: expect.not.stringContaining('html'),
      });
    },
  );

  it.each(['javascript:alert(1)', 'tg://resolve?domain=x', 'not a link', 5, undefined])(
    'link %p is not put on a button',
    async (confirmation_url) => {
      answer({ confirmation: { type: 'redirect', confirmation_url } });
      await expect(create()).rejects.toMatchObject({ kind: 'unknown-outcome' });
      expect((await read()).confirmationUrl).toBeUndefined();
    },
  );
});

describe('every status but 200', () => {
  it.each([
    [201, 'unknown-outcome'],
    [202, 'unknown-outcome'],
    [204, 'unknown-outcome'],
    [301, 'unknown-outcome'],
    [302, 'unknown-outcome'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [405, 'refused'],
    [408, 'unknown-outcome'],
    [410, 'refused'],
    [415, 'refused'],
    [429, 'rate-limited'],
    [500, 'unknown-outcome'],
    [502, 'unknown-outcome'],
    [503, 'unknown-outcome'],
    [504, 'unknown-outcome'],
  ])('%i means %s, with or without a JSON body', async (status, kind) => {
    next = { status, body: status === 204 ? '' : '<html></html>', headers: { location: 'http://127.0.0.1:1/' } };
    await expect(create()).rejects.toMatchObject({ kind, status, code: undefined });
    next = {
      ...next,
      body:
        status === 204
          ? ''
          : JSON.stringify({
              ...payment,
              type: 'error',
              code: 'some_code',
              parameter: 'p',
              description: 'secret words',
              retry_after: 5_000,
            }),
    };
    await expect(create()).rejects.toMatchObject(
      status === 204
        ? { kind }
        : {
            kind,
            code: 'some_code',
            parameter: 'p',
            retryAfterMs: 5_000,
            message: expect.not.stringContaining('secret words'),
          },
    );
  });
});

it('one payment that cannot be read does not hide the others of the list', async () => {
  next = {
    body: JSON.stringify({
      type: 'list',
      items: [payment, { ...payment, id: 'odd', amount: { value: '5', currency: 'RUB' } }, 7],
      next_cursor: 'c',
    }),
  };
  expect(await client.listPayments()).toMatchObject({
    items: [{ id: payment.id }],
    unreadable: ['odd', '?'],
    nextCursor: 'c',
  });
});
