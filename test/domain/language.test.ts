import { describe, expect, it } from '@jest/globals';
import { languageFromCode } from '../../src/domain/language';

describe('the language a buyer is spoken to in', () => {
  it.each(['ru', 'RU', 'ru-RU', 'be', 'uk', 'kk', 'ky', 'uz', 'tg', 'tt', 'kk-latn', '', undefined])(
    '%j: Russian',
    (code) => {
      expect(languageFromCode(code)).toBe('ru');
    },
  );
  it.each(['en', 'en-GB', 'pt-br', 'de', 'zh-hans', 'rus', 'r', 'constructor', '__proto__', 'rux'])(
    '%j: English',
    (code) => {
      expect(languageFromCode(code)).toBe('en');
    },
  );
});
