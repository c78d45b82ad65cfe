import { describe, expect, it } from '@jest/globals';
import { findEntities } from '../../../simulators/telegram/entities';
import { parseHtml } from '../../../simulators/telegram/html';
import { checkLink } from '../../../simulators/telegram/links';
import { renderHtml } from '../../../simulators/telegram/render';

const render = (html: string) => {
  const { text, entities } = findEntities(parseHtml(html));
  return renderHtml(text, entities);
};

describe("Telegram's HTML as the stand-in reads it", () => {
  it.each([
    [
      '<b>bold <i>both</i></b> plain',
      'bold both plain',
      [
        { type: 'bold', offset: 0, length: 9 },
        { type: 'italic', offset: 5, length: 4 },
      ],
    ],
    ['<STRONG>a</STRONG>', 'a', [{ type: 'bold', offset: 0, length: 1 }]],
    ['😀<u>é</u>', '😀é', [{ type: 'underline', offset: 2, length: 1 }]],
    [
      '<a href="https://a.example/?x=1&amp;y=2">go</a>',
      'go',
      [{ type: 'text_link', offset: 0, length: 2, url: 'https://a.example/?x=1&y=2' }],
    ],
    ['<pre><code class="language-sh">ls</code></pre>', 'ls', [{ type: 'pre', offset: 0, length: 2, language: 'sh' }]],
    ['<code>a<b>b</b></code>', 'ab', [{ type: 'code', offset: 0, length: 2 }]],
    ['<blockquote expandable>q</blockquote>', 'q', [{ type: 'expandable_blockquote', offset: 0, length: 1 }]],
    [
      '<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>',
      'st',
      [
        { type: 'spoiler', offset: 0, length: 1 },
        { type: 'spoiler', offset: 1, length: 1 },
      ],
    ],
    ['&lt;b&gt; &amp; &quot; &#1071; &#x42f; &nbsp; & 5 > 3', '<b> & " Я Я &nbsp; & 5 > 3', []],
    ['  <b> x </b> \n', 'x', [{ type: 'bold', offset: 0, length: 1 }]],
    ['<b></b>a', 'a', []],
  ])('%s', (html, text, entities) => {
    const parsed = parseHtml(html);
    expect(parsed.text.trim()).toBe(text);
    if (!html.startsWith('  ')) expect(parsed).toEqual({ text, entities });
  });

  it('a link of a scheme that Telegram does not take silently loses its link, the words stay', () => {
    expect(parseHtml('<a href="hiddify://import/x">import</a>')).toEqual({ text: 'import', entities: [] });
  });

  it.each([
    ['<p>x</p>', 'Unsupported start tag "p" at byte offset 0'],
    ['я<br>', 'Unsupported start tag "br" at byte offset 2'],
    ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['5 < 6', 'Unsupported start tag "" at byte offset 2'],
    ['a <b', 'Unclosed start tag at byte offset 2'],
    ['<b>x</b', 'Unclosed end tag at byte offset 4'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a href="x>y</a>', 'Unclosed start tag at byte offset 0'],
    ['<Анна>', 'Unsupported start tag "анна" at byte offset 0'],
  ])('refuses %s', (html, reason) => {
    expect(() => parseHtml(html)).toThrow(`Bad Request: can't parse entities: ${reason}`);
  });
});

describe('what a page is given to show', () => {
  it('carries no markup of the sender but the allowed tags', () => {
    expect(render('<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>')).toBe('<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>');
    expect(render('<a href="https://a.example/&quot;onclick=&quot;x">l</a>')).toContain(
      'href="https://a.example/&quot;onclick=&quot;x"',
    );
    expect(render('<a href="javascript:alert(1)//a.b">l</a>')).toBe('l');
  });

  it('shows found links and commands', () => {
    expect(render('see https://a.example/x. or /help')).toBe(
      'see <a href="https://a.example/x" target="_blank" rel="noopener noreferrer nofollow">https://a.example/x</a>. or <span class="tg-command">/help</span>',
    );
  });

  it('shows every kind of entity', () => {
    expect(
      render('<i>a</i><u>b</u><s>c</s><code>d</code><pre>e</pre><blockquote>f</blockquote><tg-spoiler>g</tg-spoiler>'),
    ).toBe(
      '<i>a</i><u>b</u><s>c</s><code>d</code><pre>e</pre><blockquote>f</blockquote><span class="tg-spoiler">g</span>',
    );
  });
});

describe('addresses that Telegram takes', () => {
  it.each([
    'https://a.example/x',
    'http://127.0.0.1:8080/pay',
    'http://[::1]:3000/',
    'tg://resolve?domain=bot',
    'a.example',
  ])('takes %s', (link) => {
    expect(checkLink(link).ok).toBe(true);
  });

  it.each([
    ['hiddify://import/x', 'Unsupported URL protocol'],
    ['https://panel/x', 'Wrong HTTP URL'],
    ['http://localhost:3000/', 'Wrong HTTP URL'],
    ['https:///x', 'URL host is empty'],
    ['https://a.example:99999/', 'Wrong port number specified in the URL'],
  ])('refuses %s', (link, reason) => {
    expect(checkLink(link)).toEqual({ ok: false, reason });
  });
});
