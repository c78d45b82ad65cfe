import { createHash } from 'node:crypto';
import { UUID_PATTERN } from '../../domain/uuid';
import { escapeHtml, plain } from '../../messages/locales/index';
import type { HttpRoutes } from '../server';
import { limitPages, type PageLimit } from './limit';
import { languageOf, sendPage } from './page';

export interface ImportableApp {
  readonly name: string;
  /**
   * The app's import link: `{url}` is the subscription link, `{encoded}` the same percent-encoded, `{title}` the
   * profile's name. Only the schemes of these links can be opened, whatever the page's fragment contains.
   */
  readonly link: string;
}

/** Import links as documented by the apps. */
export const IMPORTABLE_APPS: Readonly<Record<string, ImportableApp>> = {
  hiddify: { name: 'Hiddify', link: 'hiddify://import/{url}#{title}' },
  v2rayng: { name: 'v2rayNG', link: 'v2rayng://install-sub/?url={encoded}&name={title}' },
  v2raytun: { name: 'v2rayTun', link: 'v2raytun://import/{url}' },
  happ: { name: 'Happ', link: 'happ://add/{url}' },
  streisand: { name: 'Streisand', link: 'streisand://import/{url}#{title}' },
  'sing-box': { name: 'sing-box', link: 'sing-box://import-remote-profile?url={encoded}#{title}' },
  clash: { name: 'Clash', link: 'clash://install-config?url={encoded}&name={title}' },
};

/**
 * The key is in the fragment, which browsers do not send. What stands before its uuid must be the address of one of the
 * shop's panels, so that nobody can use the page to put a server of theirs into a customer's app. The page knows these
 * addresses by their hashes: they hold secret paths, and anybody may read the page. What is accepted is put into the
 * fixed link of one app, so the page can't be made to open anything else.
 */
const SCRIPT = `(async function () {
  var page = document.querySelector('main');
  var show = function (id) { document.getElementById(id).hidden = false; };
  var url, title;
  try {
    var key = new URL(decodeURIComponent(location.hash.slice(1)));
    url = key.origin + key.pathname;
    var base = /^(https?:\\/\\/[^/]+\\/.+)\\/${UUID_PATTERN}\\/$/.exec(url)[1];
    var hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(base));
    var known = btoa(String.fromCharCode.apply(null, new Uint8Array(hash)));
    if (key.search !== '' || page.dataset.panels.split(' ').indexOf(known) < 0) throw new Error();
    title = encodeURIComponent(decodeURIComponent(key.hash.slice(1)));
  } catch (error) { return show('invalid'); }
  var link = page.dataset.link.replace(/\\{(url|encoded|title)\\}/g, function (whole, part) {
    return { url: url, encoded: encodeURIComponent(url), title: title }[part];
  });
  document.getElementById('open').href = link;
  document.getElementById('copy').addEventListener('click', function (event) {
    var button = event.currentTarget;
    navigator.clipboard.writeText(url + '#' + title).then(function () { button.textContent = page.dataset.copied; });
  });
  show('ready');
  location.href = link;
})();`;

export interface OpenAppDeps {
  /** The addresses in front of the uuid in the links of every panel that customers have keys of. */
  readonly clientUrls: () => Promise<readonly string[]>;
  readonly limit: PageLimit;
  readonly trustedProxies: number;
}

/** The page compares what its browser's `URL` makes of a link: host in small letters, no usual port. */
function asBrowsersWriteIt(clientUrl: string): string {
  const { origin, pathname } = new URL(clientUrl);
  return `${origin}${pathname}`;
}

/** `GET /open/:app#<subscription link>`: opens an app whose scheme Telegram does not allow in buttons. */
export function openAppRoutes({ clientUrls, limit, trustedProxies }: OpenAppDeps): HttpRoutes {
  // An app can be set up while PostgreSQL is away: the addresses hardly ever change.
  let known: readonly string[] = [];
  const panels = async (): Promise<string> => {
    known = await clientUrls().catch(() => known);
    return [...new Set(known.map(asBrowsersWriteIt))]
      .map((url) => createHash('sha256').update(url).digest('base64'))
      .join(' ');
  };
  return (http) => {
    http.get('/open/:app', { onRequest: limitPages(limit, trustedProxies) }, async (request, reply) => {
      const { app: name } = request.params as { app: string };
      if (!Object.hasOwn(IMPORTABLE_APPS, name)) return reply.code(404).send({ error: 'no such app' });
      const app = IMPORTABLE_APPS[name]!;
      const language = languageOf(request);
      const text = (key: string) => escapeHtml(plain(language, `page-open-${key}`, { app: app.name }));
      return sendPage(reply, {
        language,
        title: plain(language, 'page-open-title'),
        body:
          `<h1>${text('heading')}</h1>` +
          `<noscript><p>${text('noscript')}</p></noscript>` +
          `<p id="invalid" role="alert" hidden>${text('invalid')}</p>` +
          `<div id="ready" hidden><p>${text('text')}</p><a id="open" href="#">${text('button')}</a>` +
          `<button id="copy" class="plain" type="button">${text('copy')}</button></div>`,
        script: SCRIPT,
        data: { link: app.link, panels: await panels(), copied: plain(language, 'page-open-copied') },
      });
    });
  };
}
