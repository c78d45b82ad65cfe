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
 * The key is in the fragment, which browsers do not send. Only a web address is accepted and put into the fixed link of
 * one app, so the page can't be made to open anything else.
 */
const SCRIPT = `(function () {
  var page = document.querySelector('main');
  var show = function (id) { document.getElementById(id).hidden = false; };
  var key;
  try {
    key = new URL(decodeURIComponent(location.hash.slice(1)));
    if (key.protocol !== 'https:' && key.protocol !== 'http:') throw new Error();
  } catch (error) { return show('invalid'); }
  var title = key.hash.slice(1);
  var full = key.href;
  key.hash = '';
  var link = page.dataset.link.replace(/\\{(url|encoded|title)\\}/g, function (whole, part) {
    return { url: key.href, encoded: encodeURIComponent(key.href), title: title }[part];
  });
  document.getElementById('open').href = link;
  document.getElementById('copy').addEventListener('click', function (event) {
    var button = event.currentTarget;
    navigator.clipboard.writeText(full).then(function () { button.textContent = page.dataset.copied; });
  });
  show('ready');
  location.href = link;
})();`;

/** `GET /open/:app#<subscription link>`: opens an app whose scheme Telegram does not allow in buttons. */
export function openAppRoutes({ limit, trustedProxies }: { limit: PageLimit; trustedProxies: number }): HttpRoutes {
  return (app) => {
    app.get('/open/:app', { onRequest: limitPages(limit, trustedProxies) }, async (request, reply) => {
      const { app: name } = request.params as { app: string };
      if (!Object.hasOwn(IMPORTABLE_APPS, name)) return reply.code(404).send({ error: 'no such app' });
      const known = IMPORTABLE_APPS[name]!;
      const language = languageOf(request);
      const text = (key: string) => escapeHtml(plain(language, `page-open-${key}`, { app: known.name }));
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
        data: { link: known.link, copied: plain(language, 'page-open-copied') },
      });
    });
  };
}
