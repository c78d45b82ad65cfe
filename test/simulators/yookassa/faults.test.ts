import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait';
import { freshKey, openShop, paymentBody, type TestShop } from './simulatorClient';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => shop.close());
beforeEach(async () => shop.sim('POST', '/reset'));

const create = (key = freshKey()) => shop.api('POST', '/payments', { body: paymentBody(), key });
const count = async () => (await shop.sim('GET', '/payments')).length as number;

describe('faults on demand', () => {
  it('500 before leaves nothing, 500 after leaves a payment that the same key finds', async () => {
    const key = freshKey();
    await shop.sim('PUT', '/faults', { error500: { when: 'before', times: 1 } });
    expect(await create(key)).toMatchObject({ status: 500, json: { type: 'error', code: 'internal_server_error' } });
    expect(await count()).toBe(0);
    await shop.sim('PUT', '/faults', { error500: { when: 'after', times: 1, path: '/payments', method: 'POST' } });
    expect((await create(key)).status).toBe(500);
    expect(await count()).toBe(1);
    expect((await create(key)).status).toBe(200);
    expect(await count()).toBe(1);
    expect(await shop.sim('GET', '/faults')).toEqual({});
  });

  it('a reset after the commit hides a payment that exists', async () => {
    await shop.sim('PUT', '/faults', { reset: { afterCommit: true, times: 1 } });
    await expect(create()).rejects.toThrow();
    expect(await count()).toBe(1);
    expect(await shop.sim('GET', '/calls')).toMatchObject([
      { seq: 1, method: 'POST', path: '/payments', status: 0, committed: true, idempotenceKey: expect.any(String) },
    ]);
  });

  it('a hang before the commit still commits after the caller has left', async () => {
    await shop.sim('PUT', '/faults', { hang: { ms: 8_000, afterCommit: false, times: 1 } });
    await expect(
      fetch(`${shop.apiUrl}/payments`, {
        method: 'POST',
        signal: AbortSignal.timeout(50),
        body: JSON.stringify(paymentBody()),
        headers: {
          authorization: `Basic ${Buffer.from('100500:test_demo').toString('base64')}`,
          'content-type': 'application/json',
          'idempotence-key': freshKey(),
        },
      }),
    ).rejects.toThrow();
    expect(await count()).toBe(0);
    await waitUntil(async () => (await count()) === 1);
  });

  it('429 says when to come back, in ms in the body or in seconds in the header', async () => {
    await shop.sim('PUT', '/faults', { tooManyRequests: { retryAfterMs: 1800, times: 1 } });
    expect(await create()).toMatchObject({ status: 429, json: { code: 'too_many_requests', retry_after: 1800 } });
    await shop.sim('PUT', '/faults', { tooManyRequests: { retryAfterMs: 1800, times: 1, as: 'header' } });
    const { json, headers } = await create();
    expect([json['retry_after'], headers.get('retry-after')]).toEqual([undefined, '2']);
    expect(await count()).toBe(0);
  });

  it('202 carries the operation out and says "processing"', async () => {
    await shop.sim('PUT', '/faults', { processing202: { times: 1 } });
    const key = freshKey();
    expect(await create(key)).toMatchObject({ status: 202, json: { type: 'processing', retry_after: 1800 } });
    expect((await create(key)).status).toBe(200);
    expect(await count()).toBe(1);
  });

  it('down is down for the page too, but not for the controls', async () => {
    const { confirmation } = await shop.newPayment();
    await shop.sim('PUT', '/faults', { down: true });
    await expect(create()).rejects.toThrow();
    await expect(fetch(confirmation.confirmation_url)).rejects.toThrow();
    expect(await shop.sim('GET', '/health')).toEqual({ ok: true });
    await shop.sim('PUT', '/faults', { down: false });
    expect((await create()).status).toBe(200);
  });

  it('merges switches, takes each off by null or false, and refuses what it does not know', async () => {
    await shop.sim('PUT', '/faults', { latencyMs: 5, webhooksLost: true });
    expect(await shop.sim('PUT', '/faults', { webhooksLost: false, error500: 'after' })).toEqual({
      latencyMs: 5,
      error500: { when: 'after' },
    });
    await expect(shop.sim('PUT', '/faults', { latencyMs: null, eror500: 'after' })).rejects.toThrow('unknown fault');
    await expect(shop.sim('PUT', '/faults', { latencyMs: 'much' })).rejects.toThrow('400');
    expect(await shop.sim('GET', '/faults')).toEqual({ latencyMs: 5, error500: { when: 'after' } });
  });

  it('the open questions of the docs can be had the other way round', async () => {
    await shop.sim('PUT', '/faults', {
      frozenReplay: true,
      lenientAmounts: true,
      storeClientErrors: true,
      rawIdempotenceHash: true,
    });
    const key = freshKey();
    const { id } = (await create(key)).json;
    await shop.sim('POST', `/payments/${id}/pay`);
    expect((await create(key)).json['status']).toBe('pending');
    const turned = Object.fromEntries(Object.entries(paymentBody()).reverse());
    expect((await shop.api('POST', '/payments', { body: turned, key })).status).toBe(400);
    expect((await shop.newPayment({ amount: { value: 100, currency: 'RUB' } }))['amount'].value).toBe('100.00');
    const bad = { key: freshKey(), body: paymentBody({ amount: { value: '0.00', currency: 'RUB' } }) };
    const refused = await shop.api('POST', '/payments', bad);
    expect((await shop.api('POST', '/payments', bad)).json['id']).toBe(refused.json['id']);
  });
});

describe('memory', () => {
  it('a restart keeps payments, keys, time and what is due, and forgets faults', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yookassa-'));
    const state = join(folder, 'state.json');
    const key = freshKey();
    const first = await openShop({ state });
    await first.sim('PUT', '/clock', { offsetMs: 1000 });
    await first.sim('PUT', '/faults', { latencyMs: 1 });
    const payment = await first.newPayment({}, key);
    await first.close();

    const second = await openShop({ state });
    expect(await second.sim('GET', '/faults')).toEqual({});
    expect((await second.newPayment({}, key))['id']).toBe(payment['id']);
    expect((await second.sim('GET', '/clock')).offsetMs).toBe(1000);
    await second.sim('PUT', '/clock', { offsetMs: 3_700_000 });
    expect((await second.api('GET', `/payments/${payment['id']}`)).json['status']).toBe('canceled');
    await second.sim('POST', '/reset');
    await second.close();

    const third = await openShop({ state });
    expect(await third.sim('GET', '/payments')).toEqual([]);
    await third.close();
    await rm(folder, { recursive: true });
  });

  it('a page of the demo may read the controls from another address', async () => {
    const answer = await fetch(`${shop.url}/_sim/health`);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(`${shop.url}/_sim/nothing`)).status).toBe(404);
  });
});
