import { afterEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { Registry, Counter } from 'prom-client';
import { clientAddress, clientKey } from '../../src/http/clientAddress';
import { healthRoutes, type HealthPart } from '../../src/http/routes/health';
import { metricsRoutes } from '../../src/http/routes/metrics';
import { createHttpServer, type HttpRoutes } from '../../src/http/server';
import { serve } from './request';

const logger = pino({ level: 'silent' });
let opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened) await close();
  opened = [];
});

async function serving(...routes: HttpRoutes[]) {
  const server = await serve(createHttpServer({ logger, routes }));
  opened.push(server.close);
  return server;
}

const fine: HealthPart = { name: 'postgres', essential: true, check: async () => undefined };
const broken = (part: Partial<HealthPart> = {}): HealthPart => ({
  name: 'redis',
  essential: false,
  check: () => Promise.reject(new Error('away')),
  ...part,
});

describe('readiness', () => {
  const readiness = async (parts: HealthPart[], isStopping = false) => {
    const answer = await (await serving(healthRoutes({ parts, isStopping: () => isStopping }))).ask({ url: '/readyz' });
    return { status: answer.statusCode, body: answer.json() as unknown };
  };

  it('is ok when every part answers', async () => {
    expect(await readiness([fine])).toEqual({ status: 200, body: { status: 'ok', parts: { postgres: 'ok' } } });
  });

  it('names a part that only degrades and keeps getting traffic', async () => {
    expect(await readiness([fine, broken()])).toEqual({
      status: 200,
      body: { status: 'degraded', parts: { postgres: 'ok', redis: 'degraded' } },
    });
  });

  it('gets no traffic without an essential part, or while stopping', async () => {
    expect(await readiness([broken({ name: 'postgres', essential: true })])).toMatchObject({
      status: 503,
      body: { status: 'down' },
    });
    expect(await readiness([fine], true)).toMatchObject({ status: 503 });
  });

  it('asks the parts once however many probes come, and a hung one does not hang it', async () => {
    let asked = 0;
    const server = await serving(
      healthRoutes({
        parts: [{ name: 'temporal', essential: false, check: () => ((asked += 1), new Promise(() => undefined)) }],
        keepMs: 60_000,
      }),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.ask({ url: '/readyz' })));
    expect(asked).toBe(1);
    expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
  });
});

describe('health', () => {
  it('is ok through a restart of the database, and tells the truth when it stays away', async () => {
    let away = true;
    const database = broken({
      name: 'postgres',
      essential: true,
      check: () => (away ? Promise.reject(new Error('x')) : Promise.resolve()),
    });
    const health = async (awayMs: number) => {
      const server = await serving(healthRoutes({ parts: [database, broken()], keepMs: 0, awayMs }));
      await server.ask({ url: '/healthz' });
      const { statusCode, ...answer } = await server.ask({ url: '/healthz' });
      return { status: statusCode, body: answer.json() as unknown };
    };
    expect(await health(60_000)).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await health(0)).toMatchObject({ status: 503, body: { status: 'down', parts: { postgres: 'degraded' } } });
    away = false;
    expect(await health(0)).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('of a part that hangs is known too', async () => {
    const hangs = broken({ name: 'postgres', essential: true, check: () => new Promise(() => undefined) });
    const server = await serving(healthRoutes({ parts: [hangs], keepMs: 0, awayMs: 0 }));
    expect((await server.ask({ url: '/healthz' })).statusCode).toBe(503);
  });
});

describe('the server', () => {
  it('serves only what it was given, with health and metrics for a worker', async () => {
    const registry = new Registry();
    new Counter({ name: 'gigabridge_test_total', help: 'x', registers: [registry] }).inc();
    const server = await serving(healthRoutes({ parts: [fine] }), metricsRoutes(registry));
    expect((await server.ask({ url: '/metrics' })).body).toContain('gigabridge_test_total 1');
    expect((await server.ask({ url: '/healthz' })).statusCode).toBe(200);
    expect(
      (
        await server.ask({
          method: 'POST',
          url: '/webhooks/yookassa',
          payload: '{}',
          headers: { 'content-type': 'application/json' },
        })
      ).statusCode,
    ).toBe(404);
  });

  it('tells nobody about our own failures', async () => {
    const server = await serving(
      (app) => void app.get('/x', async () => Promise.reject(new Error('postgres://user:password@host'))),
    );
    const answer = await server.ask({ url: '/x' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('password');
  });
});

describe('who sent a request', () => {
  const request = (remoteAddress: string, forwarded?: string) => ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  });

  it.each<[string, string | undefined, number, string]>([
    ['10.0.0.1', '1.1.1.1', 0, '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1', 1, '1.1.1.1'],
    ['10.0.0.1', 'forged, 1.1.1.1', 1, '1.1.1.1'],
    ['10.0.0.1', 'forged, 1.1.1.1, 10.0.0.2', 2, '1.1.1.1'],
    ['10.0.0.1', undefined, 1, '10.0.0.1'],
    ['10.0.0.1', ' , ,', 1, '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1', 5, '1.1.1.1'],
  ])('socket %s, forwarded %s, %i proxies: %s', (socket, forwarded, proxies, expected) => {
    expect(clientAddress(request(socket, forwarded), proxies)).toBe(expected);
  });

  it('counts a household as one client and an unreadable address as one too', () => {
    expect(clientKey('::ffff:1.2.3.4')).toBe('1.2.3.4');
    expect(clientKey('2001:db8:1:2:3::1')).toBe(clientKey('2001:db8:1:2:ffff::9'));
    expect(clientKey('2001:db8:1:2::1')).not.toBe(clientKey('2001:db8:1:3::1'));
    expect(clientKey('<script>')).toBe('unreadable');
  });
});
