import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash, webcrypto } from 'node:crypto';
import vm from 'node:vm';
import pino from 'pino';
import { IMPORTABLE_APPS, openAppRoutes } from '../../src/http/pages/openApp';
import { payReturnRoutes } from '../../src/http/pages/payReturn';
import { createHttpServer } from '../../src/http/server';
import { serve, type Ask } from './request';

const ID = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';
const KEY = 'https://panel.example.com/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/#%F0%9F%87%B3%F0%9F%87%B1%20NL';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function pages(options: { waitMs?: number; botUsername?: string | undefined } = {}) {
  const asked: string[] = [];
  const clients: string[] = [];
  const limit = async (client: string) => (clients.push(client), options.waitMs ?? 0);
  const http = createHttpServer({
    logger: pino({ level: 'silent' }),
    routes: [
      payReturnRoutes({
        botUsername: () => ('botUsername' in options ? options.botUsername : 'shop_bot'),
        checkPayment: (id) => void asked.push(id),
        limit,
        trustedProxies: 1,
      }),
      openAppRoutes({
        clientUrls: async () => ['https://Panel.example.com:443/secret', 'https://two.example/Other'],
        limit,
        trustedProxies: 1,
      }),
    ],
  });
  const ask = async (what: Ask) => {
    const server = await serve(http);
    opened.push(server.close);
    return server.ask(what);
  };
  return { ask, asked, clients };
}

describe('the return page', () => {
  it('has the payment looked at, leads back to the chat and claims nothing', async () => {
    const { ask, asked } = pages();
    const answer = await ask({ url: `/pay/return?p=${ID}`, headers: { 'accept-language': 'ru-RU,ru;q=0.9' } });
    expect(answer.statusCode).toBe(200);
    expect(asked).toEqual([ID]);
    expect(answer.body).toContain(`tg://resolve?domain=shop_bot&amp;start=pay_${ID}`);
    expect(answer.body).toContain(`https://t.me/shop_bot?start=pay_${ID}`);
    expect(answer.body).toContain('lang="ru"');
    expect(answer.body).not.toMatch(/успешно|оплачено|success/i);
  });

  it('speaks English to an English browser', async () => {
    const answer = await pages().ask({ url: '/pay/return', headers: { 'accept-language': 'en-GB,en;q=0.9' } });
    expect(answer.body).toContain('Go back to the chat');
  });

  it.each([
    '',
    '?p=',
    '?p=1',
    `?p=${ID}x`,
    '?p=<script>alert(1)</script>',
    `?p=${ID}&p=${ID}`,
    '?p=%00',
    `?p=${ID.toUpperCase()}`,
  ])('does nothing for an id that is none: %s', async (query) => {
    const { ask, asked } = pages();
    const answer = await ask({ url: `/pay/return${query}` });
    expect(answer.statusCode).toBe(200);
    expect(asked).toEqual([]);
    expect(answer.body).not.toContain('pay_');
    expect(answer.body).not.toContain('alert(1)');
  });

  it('works before Telegram has told the bot’s name', async () => {
    const answer = await pages({ botUsername: undefined }).ask({ url: `/pay/return?p=${ID}` });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('undefined');
  });

  it('is refused to who asks too fast, and then asks nothing of YooKassa', async () => {
    const { ask, asked, clients } = pages({ waitMs: 1_500 });
    const answer = await ask({
      url: `/pay/return?p=${ID}`,
      headers: { 'x-forwarded-for': '1.2.3.4, 2001:db8:1:2:3:4:5:6' },
    });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('2');
    expect(asked).toEqual([]);
    // By the household, not by what the sender claims.
    expect(clients).toEqual(['2001:db8:1:2::']);
  });
});

/** Runs the page's own script as a browser would, with just enough of a document. */
async function open(app: string, hash: string) {
  const answer = await pages().ask({ url: `/open/${app}` });
  const script = /<script>([\s\S]*)<\/script>/.exec(answer.body)![1]!;
  const data = (name: string) => new RegExp(`data-${name}="([^"]*)"`).exec(answer.body)![1]!.replaceAll('&amp;', '&');
  const element = () => ({ hidden: true, href: '', addEventListener: () => undefined });
  const elements: Record<string, ReturnType<typeof element>> = {
    open: element(),
    copy: element(),
    ready: element(),
    invalid: element(),
  };
  const location = { hash, href: '' };
  await vm.runInNewContext(script, {
    URL,
    TextEncoder,
    crypto: webcrypto,
    btoa,
    location,
    navigator: {},
    document: {
      querySelector: () => ({ dataset: { link: data('link'), panels: data('panels'), copied: '' } }),
      getElementById: (id: string) => elements[id],
    },
  });
  return { answer, script, location, elements };
}

describe('the page that opens an app', () => {
  it('builds the app’s link from the fragment, which no server sees', async () => {
    const { location, elements, answer } = await open('hiddify', `#${encodeURIComponent(KEY)}`);
    expect(location.href).toBe(
      'hiddify://import/https://panel.example.com/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/#%F0%9F%87%B3%F0%9F%87%B1%20NL',
    );
    expect(elements['open']!.href).toBe(location.href);
    expect(elements['ready']!.hidden).toBe(false);
    expect(answer.body).not.toContain('panel.example.com');
  });

  it('percent-encodes the link where the app wants it in a query', async () => {
    const { location } = await open('clash', `#${encodeURIComponent(KEY)}`);
    expect(location.href).toBe(
      `clash://install-config?url=${encodeURIComponent(KEY.split('#')[0]!)}&name=%F0%9F%87%B3%F0%9F%87%B1%20NL`,
    );
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '//evil.example',
    'evil',
    '%',
    '',
    'hiddify://import/https://evil',
    'https://evil.example/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/',
    'https://panel.example.com/77777777-8888-4999-8aaa-bbbbbbbbbbbb/',
    'https://panel.example.com/secret/x/77777777-8888-4999-8aaa-bbbbbbbbbbbb/',
    'https://panel.example.com/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/?url=https://evil.example',
    'https://panel.example.com@evil.example/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/',
    'http://panel.example.com/secret/77777777-8888-4999-8aaa-bbbbbbbbbbbb/',
    'https://panel.example.com/secret/x/',
  ])('opens nothing for a fragment that is no link of one of the shop’s panels: %s', async (fragment) => {
    for (const raw of [fragment, encodeURIComponent(fragment)]) {
      const { location, elements } = await open('hiddify', `#${raw}`);
      expect(location.href).toBe('');
      expect(elements['invalid']!.hidden).toBe(false);
    }
  });

  it.each(Object.entries(IMPORTABLE_APPS))('a title cannot add anything to the link of %s', async (app, { link }) => {
    const plainKey = 'https://two.example/Other/77777777-8888-4999-8aaa-bbbbbbbbbbbb/';
    const title = 'a&url=https://evil.example#x"{url}$&';
    for (const written of [title, encodeURIComponent(title)]) {
      const { location } = await open(app, `#${encodeURIComponent(`${plainKey}#${written}`)}`);
      expect(location.href).toBe(
        link
          .replace('{url}', () => plainKey)
          .replace('{encoded}', () => encodeURIComponent(plainKey))
          .replace('{title}', () => encodeURIComponent(title)),
      );
    }
  });

  it('shows nobody the addresses of the panels, and goes on with those it knows while PostgreSQL is away', async () => {
    let away = false;
    const http = createHttpServer({
      logger: pino({ level: 'silent' }),
      routes: [
        openAppRoutes({
          clientUrls: () =>
            away ? Promise.reject(new Error('away')) : Promise.resolve(['https://panel.example.com/secret']),
          limit: async () => 0,
          trustedProxies: 0,
        }),
      ],
    });
    const server = await serve(http);
    opened.push(server.close);
    const before = await server.ask({ url: '/open/happ' });
    expect(before.body).not.toContain('panel.example.com');
    expect(before.body).toContain(createHash('sha256').update('https://panel.example.com/secret').digest('base64'));
    away = true;
    expect((await server.ask({ url: '/open/happ' })).body).toBe(before.body);
  });

  it.each(['/open/evil', '/open/__proto__', '/open/constructor', '/open/https:%2F%2Fevil.example', '/open/'])(
    'knows its own apps only: %s',
    async (url) => {
      expect((await pages().ask({ url })).statusCode).toBe(404);
    },
  );

  it.each([
    ...[
      '/',
      '/open',
      '/open/happ/',
      '/open/happ/x',
      '/open/happ/https://evil.example',
      '/OPEN/happ',
      '/pay',
      '/pay/return/x',
    ],
    ...[
      '//evil.example',
      '//evil.example/open/happ',
      '/%2F%2Fevil.example',
      '/https://evil.example',
      '/redirect?url=https://evil.example',
    ],
    ...['/.env', '/..%2f..%2fetc%2fpasswd', '/admin', '/codec/decode'],
  ])('apart from it and the return page, GET finds nothing: %s', async (url) => {
    const { statusCode, headers, body } = await pages().ask({ url });
    expect({ statusCode, location: headers['location'], body }).toEqual({
      statusCode: 404,
      location: undefined,
      body: '{"error":"not found"}',
    });
  });

  it.each(['/open/happ', '/pay/return'])('what is added to %s changes nothing', async (url) => {
    const { body } = await pages().ask({ url });
    for (const name of ['url', 'to', 'next', 'link', 'redirect', 'app', 'title'])
      expect((await pages().ask({ url: `${url}?${name}=https://evil.example` })).body).toBe(body);
  });

  it('runs its one script by its hash, loads nothing else and can’t be framed', async () => {
    const { answer, script } = await open('happ', '#');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(answer.headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.body).not.toMatch(/(src|href)="https?:/);
  });
});
