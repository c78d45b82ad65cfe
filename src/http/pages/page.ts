/** The layout of the shop's pages: no third-party assets, one inline style, dark and light, for phones too. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { escapeHtml } from '../../messages/locales/index';
import { languageFromCode, type Language } from '../../domain/language';

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2430;--soft:#5b6675;--accent:#2481cc}
@media(prefers-color-scheme:dark){:root{--ground:#11161d;--card:#1b232d;--text:#eef2f6;--soft:#a3afbd;--accent:#4aa3e8}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--text);font:17px/1.5 system-ui,sans-serif}
main{width:100%;max-width:420px;background:var(--card);border-radius:16px;padding:32px 24px;text-align:center}
h1{font-size:22px;line-height:1.3;margin:0 0 12px}
p{margin:0 0 16px;color:var(--soft)}
a,button{display:block;width:100%;margin:12px 0 0;padding:14px;border:0;border-radius:12px;background:var(--accent);color:#fff;font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
a:focus-visible,button:focus-visible{outline:3px solid var(--text);outline-offset:2px}
a.plain,button.plain{background:none;color:var(--accent)}
[hidden]{display:none}`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export interface PageInput {
  readonly language: Language;
  readonly title: string;
  /** Trusted HTML: text from outside must be escaped already. */
  readonly body: string;
  /** Inline script. The page's policy allows it by its hash and no other script. */
  readonly script?: string;
  /** For the script, as `data-*` of <main>. */
  readonly data?: Readonly<Record<string, string>>;
  /** Whether other sites may show the page in a frame. Then no click on it may have an effect (clickjacking). */
  readonly mayBeFramed?: boolean;
}

/** Sends a page with a content security policy that allows only its own style and script. */
export function sendPage(
  reply: FastifyReply,
  { language, title, body, script, data = {}, mayBeFramed = false }: PageInput,
  status = 200,
): FastifyReply {
  const attributes = Object.entries(data)
    .map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`)
    .join('');
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    script === undefined ? undefined : `script-src ${hashOf(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
    mayBeFramed ? undefined : "frame-ancestors 'none'",
  ];
  return reply
    .code(status)
    .header('content-security-policy', policy.filter((part) => part !== undefined).join('; '))
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
        `<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main${attributes}>${body}</main>` +
        `${script === undefined ? '' : `<script>${script}</script>`}</body></html>`,
    );
}

/** The language of the shop's own link (`?lang=`), else the browser's. */
export function languageOf(request: FastifyRequest): Language {
  const asked = (request.query as Record<string, unknown>)['lang'];
  if (asked === 'ru' || asked === 'en') return asked;
  return languageFromCode(request.headers['accept-language']?.split(/[,;]/)[0]?.trim());
}
