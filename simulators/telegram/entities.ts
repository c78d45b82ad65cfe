import type { MessageEntity } from '@grammyjs/types';
import type { FormattedText } from './html';

const PATTERNS: readonly { readonly type: 'bot_command' | 'url' | 'email' | 'mention'; readonly pattern: RegExp }[] = [
  { type: 'url', pattern: /https?:\/\/[^\s<>"']+[^\s<>"'.,:;!?)]/gi },
  { type: 'email', pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g },
  { type: 'bot_command', pattern: /(?<![\w/<>])\/\w{1,64}(?:@\w{3,32})?(?![\w/])/g },
  { type: 'mention', pattern: /(?<![\w@/.])@\w{4,32}\b/g },
];

/**
 * Adds what Telegram finds by itself in every text. Without `bot_command` no bot framework recognises a command.
 * Nothing is found inside code, links and other found entities.
 */
export function findEntities({ text, entities }: FormattedText): FormattedText {
  const closed = entities.filter((e) => ['code', 'pre', 'text_link'].includes(e.type));
  const found: MessageEntity[] = [];
  for (const { type, pattern } of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const offset = match.index;
      const length = match[0].length;
      const overlaps = [...closed, ...found].some((e) => offset < e.offset + e.length && e.offset < offset + length);
      if (!overlaps) found.push({ type, offset, length });
    }
  }
  return { text, entities: [...entities, ...found].toSorted((a, b) => a.offset - b.offset || b.length - a.length) };
}
