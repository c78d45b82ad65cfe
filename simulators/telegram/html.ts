import type { MessageEntity } from '@grammyjs/types';
import { badRequest } from './failure';
import { checkLink } from './links';

export interface FormattedText {
  readonly text: string;
  readonly entities: MessageEntity[];
}

interface OpenTag {
  readonly tag: string;
  readonly argument: string;
  readonly offset: number;
}

const TYPES: Record<string, MessageEntity['type']> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
};
const ALLOWED = new Set([...Object.keys(TYPES), 'a', 'tg-emoji', 'tg-time', 'pre', 'code', 'blockquote']);
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
/** TDLib counts the end of the text as a space too, which ends every scan. */
const isSpace = (c: string) => c === '' || ' \t\r\n\v\0'.includes(c);

/** One `&…;` at `pos`, or undefined where Telegram leaves the text as it stands (`&nbsp;`, a lone `&`). */
function htmlEntity(html: string, pos: number): { text: string; end: number } | undefined {
  const match = /^&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));?/i.exec(html.slice(pos, pos + 16));
  if (!match) return undefined;
  const [whole, hex, decimal, name] = match;
  const code = hex ? parseInt(hex, 16) : decimal ? Number(decimal) : undefined;
  const text =
    code !== undefined ? (code > 0 && code < 0x10ffff ? String.fromCodePoint(code) : undefined) : NAMED[name ?? ''];
  return text === undefined ? undefined : { text, end: pos + whole.length };
}

/**
 * Telegram's HTML parse mode: its tags, its nesting rule, its error texts with byte offsets (source: Bot API reference,
 * "HTML style"; TDLib's parser for what the reference leaves open).
 *
 * @throws ApiFailure 400 `can't parse entities: …`
 */
export function parseHtml(html: string): FormattedText {
  const entities: MessageEntity[] = [];
  const open: OpenTag[] = [];
  let text = '';
  let i = 0;
  const at = (pos: number) => html[pos] ?? '';
  const fail = (reason: string) => badRequest(`can't parse entities: ${reason}`);
  const bytes = (pos: number) => Buffer.byteLength(html.slice(0, pos));

  while (i < html.length) {
    const c = at(i);
    if (c === '&') {
      const found = htmlEntity(html, i);
      text += found ? found.text : c;
      i = found ? found.end : i + 1;
      continue;
    }
    if (c !== '<') {
      text += c;
      i++;
      continue;
    }
    const begin = i++;
    if (at(i) === '/') {
      const last = open.pop();
      if (!last) throw fail(`Unexpected end tag at byte offset ${bytes(begin)}`);
      while (!isSpace(at(i)) && at(i) !== '>') i++;
      const name = html.slice(begin + 2, i).toLowerCase();
      while (i < html.length && isSpace(at(i))) i++;
      if (at(i) !== '>') throw fail(`Unclosed end tag at byte offset ${bytes(begin)}`);
      i++;
      if (name !== '' && name !== last.tag) {
        throw fail(`Unmatched end tag at byte offset ${bytes(begin)}, expected "</${last.tag}>", found "</${name}>"`);
      }
      if (text.length > last.offset) closeEntity(entities, last, text);
      continue;
    }
    while (!isSpace(at(i)) && at(i) !== '>') i++;
    if (i >= html.length) throw fail(`Unclosed start tag at byte offset ${bytes(begin)}`);
    const tag = html.slice(begin + 1, i).toLowerCase();
    if (!ALLOWED.has(tag)) throw fail(`Unsupported start tag "${tag}" at byte offset ${bytes(begin)}`);
    let argument = '';
    while (at(i) !== '>') {
      while (i < html.length && isSpace(at(i))) i++;
      if (at(i) === '>') break;
      const nameBegin = i;
      while (!isSpace(at(i)) && !'=>/"\''.includes(at(i))) i++;
      const name = html.slice(nameBegin, i);
      if (name === '') throw fail(`Empty attribute name in the tag "${tag}" at byte offset ${bytes(begin)}`);
      while (i < html.length && isSpace(at(i))) i++;
      if (at(i) !== '=') {
        if (i >= html.length) throw fail(`Unclosed start tag "${tag}" at byte offset ${bytes(begin)}`);
        if (tag === 'blockquote' && name === 'expandable') argument = '1';
        continue;
      }
      i++;
      while (i < html.length && isSpace(at(i))) i++;
      let value = '';
      if (at(i) === '"' || at(i) === "'") {
        const quote = at(i++);
        while (i < html.length && at(i) !== quote) {
          const found = at(i) === '&' ? htmlEntity(html, i) : undefined;
          value += found ? found.text : at(i);
          i = found ? found.end : i + 1;
        }
        i++;
      } else {
        const tokenBegin = i;
        while (/[0-9A-Za-z.-]/.test(at(i))) i++;
        value = html.slice(tokenBegin, i).toLowerCase();
        if (!isSpace(at(i)) && at(i) !== '>')
          throw fail(`Unexpected end of name token at byte offset ${bytes(tokenBegin)}`);
      }
      if (i >= html.length) throw fail(`Unclosed start tag at byte offset ${bytes(begin)}`);
      if (tag === 'a' && name === 'href') argument = value;
      else if (tag === 'code' && name === 'class' && value.startsWith('language-'))
        argument = value.slice('language-'.length);
      else if (tag === 'span' && name === 'class' && value.startsWith('tg-')) argument = value.slice('tg-'.length);
      else if (tag === 'tg-emoji' && name === 'emoji-id') argument = value;
      else if (tag === 'blockquote' && name === 'expandable') argument = '1';
    }
    i++;
    if (tag === 'span' && argument !== 'spoiler') {
      throw fail(`Tag "span" must have class "tg-spoiler" at byte offset ${bytes(begin)}`);
    }
    open.push({ tag, argument, offset: text.length });
  }
  const unclosed = open.at(-1);
  if (unclosed) throw fail(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  return trim(text, nest(entities));
}

function closeEntity(entities: MessageEntity[], { tag, argument, offset }: OpenTag, text: string): void {
  const length = text.length - offset;
  const same = (other: MessageEntity | undefined) => other?.offset === offset && other.length === length;
  const last = entities.at(-1);
  switch (tag) {
    case 'a': {
      // Telegram silently removes a link that it does not accept (hiddify://, no dot in the host); the text stays.
      const checked = checkLink(argument === '' ? text.slice(offset) : argument);
      if (checked.ok) entities.push({ type: 'text_link', offset, length, url: checked.url });
      return;
    }
    case 'pre':
      if (last?.type === 'code' && same(last) && 'language' in last)
        entities[entities.length - 1] = { ...last, type: 'pre' } as MessageEntity;
      else entities.push({ type: 'pre', offset, length });
      return;
    case 'code':
      if (last?.type === 'pre' && same(last) && argument !== '') last.language = argument;
      // The language is kept here for a surrounding <pre>; nest() removes it from a <code> without <pre>.
      else
        entities.push({
          type: 'code',
          offset,
          length,
          ...(argument === '' ? {} : { language: argument }),
        } as MessageEntity);
      return;
    case 'blockquote':
      entities.push({ type: argument === '' ? 'blockquote' : 'expandable_blockquote', offset, length });
      return;
    case 'tg-emoji':
      if (!/^[1-9]\d*$/.test(argument))
        throw badRequest("can't parse entities: Invalid custom emoji identifier specified");
      entities.push({ type: 'custom_emoji', offset, length, custom_emoji_id: argument });
      return;
    case 'tg-time':
      return;
    default:
      entities.push({ type: TYPES[tag] ?? 'bold', offset, length } as MessageEntity);
  }
}

/** Sorts outer entities before inner ones, and removes entities inside code and pre. */
function nest(entities: MessageEntity[]): MessageEntity[] {
  const sorted = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
  const blocks = sorted.filter((e) => e.type === 'code' || e.type === 'pre');
  const inside = (e: MessageEntity) =>
    blocks.some(
      (block) => block !== e && e.offset >= block.offset && e.offset + e.length <= block.offset + block.length,
    );
  return sorted
    .filter((e) => !inside(e))
    .map((e) => (e.type === 'code' ? { type: 'code', offset: e.offset, length: e.length } : e));
}

/** Telegram cuts white space off both ends before it stores or compares a text. */
export function trim(text: string, entities: MessageEntity[]): FormattedText {
  const end = text.trimEnd().length;
  const firstEntity = entities[0]?.offset ?? end;
  let begin = 0;
  while (begin < Math.min(firstEntity, end) && (text[begin] === ' ' || text[begin] === '\n')) begin++;
  const kept = entities
    .map((e) => ({ ...e, offset: e.offset - begin, length: Math.min(e.offset + e.length, end) - e.offset }))
    .filter((e) => e.length > 0);
  return { text: text.slice(begin, end), entities: kept };
}
