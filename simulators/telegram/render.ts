import type { MessageEntity } from '@grammyjs/types';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
const link = (url: string) => `<a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer nofollow">`;

function tags(entity: MessageEntity, inner: string): [string, string] {
  switch (entity.type) {
    case 'bold':
      return ['<b>', '</b>'];
    case 'italic':
      return ['<i>', '</i>'];
    case 'underline':
      return ['<u>', '</u>'];
    case 'strikethrough':
      return ['<s>', '</s>'];
    case 'code':
      return ['<code>', '</code>'];
    case 'pre':
      return ['<pre>', '</pre>'];
    case 'blockquote':
      return ['<blockquote>', '</blockquote>'];
    case 'expandable_blockquote':
      return ['<blockquote class="expandable">', '</blockquote>'];
    case 'spoiler':
      return ['<span class="tg-spoiler">', '</span>'];
    case 'bot_command':
      return ['<span class="tg-command">', '</span>'];
    case 'text_link':
      return [link(entity.url), '</a>'];
    case 'url':
      return /^https?:\/\//i.test(inner) ? [link(inner), '</a>'] : ['', ''];
    default:
      return ['', ''];
  }
}

/**
 * A message's text with its entities as HTML that is safe to put into a page: every character is escaped, the only
 * attributes are ours, and a link can only be http, https or tg (both kinds of link entity are checked when they are
 * made).
 */
export function renderHtml(text: string, entities: readonly MessageEntity[] = []): string {
  const render = (from: number, to: number, inside: readonly MessageEntity[]): string => {
    let html = '';
    let pos = from;
    for (let k = 0; k < inside.length;) {
      const entity = inside[k] as MessageEntity;
      const end = Math.min(entity.offset + entity.length, to);
      const children: MessageEntity[] = [];
      let next = k + 1;
      while (next < inside.length && (inside[next] as MessageEntity).offset < end)
        children.push(inside[next++] as MessageEntity);
      const [before, after] = tags(entity, text.slice(entity.offset, end));
      html += escapeHtml(text.slice(pos, entity.offset)) + before + render(entity.offset, end, children) + after;
      pos = end;
      k = next;
    }
    return html + escapeHtml(text.slice(pos, to));
  };
  return render(0, text.length, entities);
}
