/** Links of a Hiddify panel: those the owner pastes, and those the customer opens. Pure; no link ever reaches an error text. */

import { isUuid } from '../../domain/uuid';

const SECRET_SEGMENT = /^[A-Za-z0-9_-]{3,128}$/;

export type LinkProblem =
  /** Not a web address at all. */
  | 'not-a-link'
  /** Plain http to another machine: the key would travel readable. */
  | 'not-https'
  /** The first path segment, the panel's secret, is missing. */
  | 'no-secret-path'
  /** No uuid in the path. */
  | 'no-uuid';

const PROBLEMS: Record<LinkProblem, string> = {
  'not-a-link': 'This is not a link. Copy the whole address from the browser, beginning with https://',
  'not-https': 'The link must begin with https://: over plain http anyone on the way could read the key',
  'no-secret-path':
    'The link has no secret path after the domain. Copy it from the address bar while the panel is open',
  'no-uuid':
    'The link holds no key (a code like 1b2c3d4e-...). Copy the personal link, not the address of the start page',
};

/** A pasted link that cannot be used; `problem` is for choosing a text, the message never repeats the link. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(readonly problem: LinkProblem) {
    super(PROBLEMS[problem]);
  }
}

/** Loopback only: a panel simulator, or a tunnel to the panel, on the same machine. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function split(pasted: string, allowHttp: boolean): { base: string; uuid: string } {
  let url: URL;
  try {
    url = new URL(pasted.trim());
  } catch {
    throw new LinkError('not-a-link');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new LinkError('not-a-link');
  if (url.protocol === 'http:' && !allowHttp && !LOOPBACK.test(url.hostname)) throw new LinkError('not-https');
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const secret = segments[0];
  if (secret === undefined || isUuid(secret.toLowerCase()) || !SECRET_SEGMENT.test(secret))
    throw new LinkError('no-secret-path');
  const uuid = segments.find((segment) => isUuid(segment.toLowerCase()));
  if (uuid === undefined) throw new LinkError('no-uuid');
  // `host` and not `origin` keeps the port and drops a user name or password pasted along.
  return { base: `${url.protocol}//${url.host}/${secret}`, uuid: uuid.toLowerCase() };
}

/**
 * Takes apart the admin link a panel owner pastes: `https://host/<admin path>/<admin uuid>/…`.
 *
 * @param options.allowHttp accept plain http beyond loopback (a panel reached through a private network).
 * @returns `adminUrl` without a final slash, and the key.
 * @throws LinkError
 */
export function parseAdminUrl(
  pasted: string,
  options: { allowHttp?: boolean } = {},
): { adminUrl: string; apiKey: string } {
  const { base, uuid } = split(pasted, options.allowHttp ?? false);
  return { adminUrl: base, apiKey: uuid };
}

/**
 * Takes apart any customer's link of the panel, `https://host/<client path>/<user uuid>/…`: the only way to learn the client
 * path, because an ordinary admin key cannot read it.
 *
 * @throws LinkError
 */
export function parseClientUrl(pasted: string, options: { allowHttp?: boolean } = {}): { clientUrl: string } {
  return { clientUrl: split(pasted, options.allowHttp ?? false).base };
}

/** The customer's own link. The final slash is part of it; the name after `#` is what his app calls the profile. */
export function subscriptionUrl({ clientUrl, uuid, name }: { clientUrl: string; uuid: string; name: string }): string {
  return `${clientUrl.replace(/\/+$/, '')}/${uuid}/${name === '' ? '' : `#${encodeURIComponent(name)}`}`;
}

export const IMPORT_APPS = ['hiddify', 'v2rayng', 'v2raytun', 'happ', 'streisand', 'sing-box', 'clash'] as const;
export type ImportApp = (typeof IMPORT_APPS)[number];

/**
 * One-tap links that add the subscription to an app. The panel answers each app in its own format by its User-Agent, so all
 * of them carry the same address. Telegram refuses these schemes in buttons: open them from a web page of our own.
 */
export function importLinks(subscription: string, name: string): Record<ImportApp, string> {
  const url = subscription.split('#')[0]!;
  const inQuery = encodeURIComponent(url);
  const title = encodeURIComponent(name);
  return {
    hiddify: `hiddify://import/${url}#${title}`,
    v2rayng: `v2rayng://install-sub/?url=${inQuery}&name=${title}`,
    v2raytun: `v2raytun://import/${url}`,
    happ: `happ://add/${url}`,
    streisand: `streisand://import/${url}#${title}`,
    'sing-box': `sing-box://import-remote-profile?url=${inQuery}#${title}`,
    clash: `clash://install-config?url=${inQuery}&name=${title}`,
  };
}
