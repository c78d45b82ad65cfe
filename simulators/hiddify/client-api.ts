import { randomBytes } from 'node:crypto';
import { FrameworkError, Refusal, type Answer } from './answers';
import { notAllowed } from './admin-api';
import { parseJson } from './body';
import { looksLikeUuid } from './family';
import { presentedKey, type Panel, type PanelRequest } from './panel';
import { isActive, remainingDays } from './rows';
import type { UserRow } from './state';

const GIB = 1024 ** 3;
const FORMS = new Set([
  'auto',
  'sub',
  'sub64',
  'clash',
  'clashmeta',
  'singbox',
  'xray',
  'all.txt',
  'full-singbox.json',
]);
const USER_API = new Set(['me', 'short', 'all-configs', 'apps', 'mtproxies']);

/** What may follow the client path and needs a final slash. */
export function isClientRoute(segments: readonly string[]): boolean {
  if (segments.length === 0 || isUserApi(segments)) return true;
  if (!looksLikeUuid(segments[0]!)) return false;
  return (
    segments.length === 1 ||
    isUserApi(segments.slice(1)) ||
    (segments.length === 2 && FORMS.has(segments[1]!) && !segments[1]!.includes('.'))
  );
}

function isUserApi(segments: readonly string[]): boolean {
  const [api, v2, user, what, more] = segments;
  return api === 'api' && v2 === 'v2' && user === 'user' && USER_API.has(what ?? '') && more === undefined;
}

/** `/<client path>/…`: subscriptions and the user API. */
export function clientApi(panel: Panel, request: PanelRequest): Answer {
  const { segments } = request;
  if (segments.length === 0) return page('<h1>Login (simulator)</h1>');
  if (isUserApi(segments)) {
    const user = find(panel, presentedKey(panel, request));
    if (!user) throw notAllowed(panel);
    return userApi(panel, request, user, segments[3]!);
  }
  const uuid = segments[0]!;
  if (!looksLikeUuid(uuid)) {
    if (segments.includes('api')) throw new FrameworkError(404);
    return { status: 404, body: { message: 'Not Found' } };
  }
  const user = find(panel, uuid);
  if (!user) {
    const next = encodeURIComponent(`/${panel.clientPath}/${segments.join('/')}/`);
    return {
      status: 302,
      type: 'text/html; charset=utf-8',
      body: '',
      headers: { Location: `/${panel.clientPath}/?force=1&next=${next}&user=${uuid}` },
    };
  }
  if (isUserApi(segments.slice(1))) return userApi(panel, request, user, segments[4]!);
  if (segments.length > 2 || (segments[1] !== undefined && !FORMS.has(segments[1])))
    return { status: 404, body: { message: 'Not Found' } };
  return subscription(panel, request, user, segments[1]);
}

function find(panel: Panel, uuid: string | undefined): UserRow | undefined {
  return uuid === undefined
    ? undefined
    : panel.state.users.find((user) => user.uuid === uuid.toLowerCase() && !user.deleted);
}

function page(inner: string): Answer {
  return { status: 200, type: 'text/html; charset=utf-8', body: `<!doctype html><title>Hiddify</title>${inner}` };
}

/** The form the panel gives an app that asks for the bare link. */
function formOf(userAgent: string): string {
  if (userAgent.startsWith('Mozilla')) return 'html';
  if (/^(HiddifyNext|Dart|SFI|SFA|SFM|SFT)/i.test(userAgent)) return 'singbox';
  if (/clash|stash/i.test(userAgent)) return 'clash';
  return 'sub64';
}

function subscription(panel: Panel, request: PanelRequest, user: UserRow, asked: string | undefined): Answer {
  const byAgent = formOf(request.header('user-agent') ?? '');
  const form =
    asked === undefined
      ? byAgent
      : asked === 'auto'
        ? byAgent === 'html' || byAgent === 'sub64'
          ? 'sub'
          : byAgent
        : asked;
  const escapedName = user.name.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  if (form === 'html')
    return page(`<h1>${escapedName}</h1><p>${isActive(user, panel.clock.today()) ? 'active' : 'inactive'}</p>`);

  const links = plainLinks(panel, request, user);
  const bodies: Record<string, { type: string; body: string }> = {
    singbox: {
      type: 'application/json',
      body: JSON.stringify({
        outbounds: links.map((link) => ({ type: 'vless', tag: decodeURIComponent(link.split('#')[1] ?? '') })),
      }),
    },
    'full-singbox.json': { type: 'application/json', body: JSON.stringify({ outbounds: [] }) },
    xray: {
      type: 'application/json',
      body: JSON.stringify(links.map((link) => ({ remarks: decodeURIComponent(link.split('#')[1] ?? '') }))),
    },
    clash: {
      type: 'text/yaml; charset=utf-8',
      body: `proxies:\n${links.map((link) => `  - name: "${decodeURIComponent(link.split('#')[1] ?? '')}"\n`).join('')}`,
    },
    sub64: { type: 'text/plain; charset=utf-8', body: Buffer.from(links.join('\n')).toString('base64') },
  };
  bodies['clashmeta'] = bodies['clash']!;
  const chosen = bodies[form] ?? { type: 'text/plain; charset=utf-8', body: links.join('\n') };
  return { status: 200, ...chosen, headers: subscriptionHeaders(panel, request, user) };
}

function subscriptionHeaders(panel: Panel, request: PanelRequest, user: UserRow): Record<string, string> {
  const host = new URL(request.origin).hostname;
  const expires =
    Date.parse(`${panel.clock.today()}T00:00:00Z`) / 1000 + remainingDays(user, panel.clock.today()) * 86_400;
  return {
    'Subscription-Userinfo': `upload=0;download=${user.usageBytes};total=${user.usageLimitBytes};expire=${expires}`,
    'profile-update-interval': '1',
    'profile-title': `base64:${Buffer.from(`${host} ${user.name}`).toString('base64')}`,
    'profile-web-page-url': `${request.origin}/${panel.clientPath}/${user.uuid}/`,
  };
}

/**
 * The first line is an information entry, not a server. A disabled or ended user gets such lines only, with status 200.
 */
function plainLinks(panel: Panel, request: PanelRequest, user: UserRow): string[] {
  const host = new URL(request.origin).hostname;
  const note = (text: string): string =>
    `trojan://1@${host}_fake_ip_for_sub_link:1?sni=fake#${encodeURIComponent(text)}`;
  const today = panel.clock.today();
  if (!isActive(user, today)) return [note('✖ Package Ended')];
  const used = `${(user.usageBytes / GIB).toFixed(1)}/${Math.round(user.usageLimitBytes / GIB)}GB`;
  return [
    note(`⏳ ${used} 📅 ${remainingDays(user, today)} days`),
    `vless://${user.uuid}@${host}:443?security=tls&type=ws&path=%2Fsimulator&sni=${host}#${encodeURIComponent('vless ws')}`,
    `trojan://${user.uuid}@${host}:443?security=tls&type=tcp&sni=${host}#${encodeURIComponent('trojan tcp')}`,
  ];
}

function userApi(panel: Panel, request: PanelRequest, user: UserRow, what: string): Answer {
  const url = `${request.origin}/${panel.clientPath}/${user.uuid}/#${encodeURIComponent(user.name)}`;
  if (what === 'me' && request.method === 'PATCH') {
    const given = parseJson(request.body) as Record<string, unknown>;
    for (const key of ['language', 'telegram_id']) {
      if (panel.family === 'A' && given[key] === undefined) throw new FrameworkError(500, `'${key}'`);
    }
    if (typeof given['language'] === 'string') user.lang = given['language'];
    if (typeof given['telegram_id'] === 'number' && given['telegram_id'] !== 0) user.telegramId = given['telegram_id'];
    panel.changed();
    return { status: 200, body: { message: 'ok' } };
  }
  if (request.method !== 'GET') throw new FrameworkError(405);
  switch (what) {
    case 'me':
      return {
        status: 200,
        body: {
          brand_icon_url: '',
          brand_title: null,
          doh: `${request.origin}/${panel.clientPath}/dns/dns-query`,
          lang: user.lang,
          profile_remaining_days: remainingDays(user, panel.clock.today()),
          profile_reset_days: 10_000,
          profile_title: user.name,
          profile_url: url,
          profile_usage_current: user.usageBytes / GIB,
          profile_usage_total: user.usageLimitBytes / GIB,
          speedtest_enable: false,
          telegram_bot_url: null,
          telegram_id: user.telegramId,
          telegram_proxy_enable: false,
        },
      };
    case 'short': {
      const short = randomBytes(5).toString('hex');
      return {
        status: 200,
        body: { expire_in: panel.family === 'C' ? 600 : 300, full_url: `${request.origin}/${short}`, short },
      };
    }
    case 'all-configs':
      return {
        status: 200,
        body: plainLinks(panel, request, user).map((link) => ({
          domain: new URL(request.origin).hostname,
          link,
          name: decodeURIComponent(link.split('#')[1] ?? ''),
          protocol: link.split(':')[0],
          security: 'tls',
          transport: 'tcp',
          type: 'Auto',
        })),
      };
    case 'apps':
      // The real panel asks GitHub first; where it cannot, this is the answer.
      throw new FrameworkError(500, "HTTPSConnectionPool(host='api.github.com', port=443): Max retries exceeded");
    default:
      throw new Refusal(404, 'Telegram mtproxy is not enable');
  }
}
