/**
 * The shop's texts, one Fluent file for each language. Messages are Telegram HTML; button labels and callback answers
 * are plain.
 */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LANGUAGES, type Language } from '../../domain/language';

/** A fragment that is Telegram HTML already and is inserted unescaped. */
export class Html {
  constructor(readonly source: string) {}
}

/** Marks trusted HTML, such as another text of the shop, so that it is not escaped again. */
export function html(source: string): Html {
  return new Html(source);
}

export type TextArguments = Readonly<Record<string, string | number | Html>>;

export interface Texts {
  /**
   * A text as Telegram HTML; string arguments are escaped, cut to {@link MAX_ARGUMENT} and freed of control characters.
   * @throws Error for a missing text or argument: both are bugs that the tests of the screens find
   */
  readonly t: (language: Language, key: string, args?: TextArguments) => string;
  /** The same without markup, for button labels, callback answers, and pages that escape by themselves. */
  readonly plain: (language: Language, key: string, args?: TextArguments) => string;
}

/** Longer than any real name or title; it keeps the layout from being broken on purpose. */
const MAX_ARGUMENT = 200;

/** Control characters, and invisible ones that break a line or change the direction of the text. */
const UNSAFE = /[^\P{Cc}\n]|[\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text written by users without control characters, and shortened. */
export function tame(text: string, maxLength = MAX_ARGUMENT): string {
  const clean = text.replaceAll(UNSAFE, '').trim();
  const characters = Array.from(clean);
  return characters.length <= maxLength ? clean : `${characters.slice(0, maxLength - 1).join('')}…`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Reads both locale files. @throws Error when a file has a mistake */
export function createTexts(): Texts {
  const bundles = Object.fromEntries(LANGUAGES.map((language) => [language, readBundle(language)])) as Record<
    Language,
    FluentBundle
  >;

  const format = (language: Language, key: string, args: Record<string, FluentVariable>): string => {
    const pattern = bundles[language].getMessage(key)?.value;
    if (!pattern) throw new Error(`no text "${key}" in ${language}.ftl`);
    const errors: Error[] = [];
    const text = bundles[language].formatPattern(pattern, args, errors);
    if (errors[0]) throw new Error(`text "${key}" in ${language}.ftl: ${errors[0].message}`);
    return text;
  };
  /** Arguments as Fluent takes them: strings through `words`, trusted HTML as it is. */
  const prepare = (args: TextArguments, words: (text: string) => string): Record<string, FluentVariable> =>
    Object.fromEntries(
      Object.entries(args).map(([name, value]) => {
        if (typeof value === 'string') return [name, words(value)];
        return [name, value instanceof Html ? value.source : value];
      }),
    );

  return {
    t: (language, key, args = {}) =>
      format(
        language,
        key,
        prepare(args, (text) => escapeHtml(tame(text))),
      ),
    plain: (language, key, args = {}) =>
      format(
        language,
        key,
        prepare(args, (text) => tame(text)),
      ),
  };
}

/** The file with a language's texts, for tools and tests. */
export function localeFile(language: Language): string {
  return path.join(__dirname, `${language}.ftl`);
}

function readBundle(language: Language): FluentBundle {
  // Fluent's isolation marks would be copied together with keys.
  const bundle = new FluentBundle(language, { useIsolating: false });
  const errors = bundle.addResource(new FluentResource(readFileSync(localeFile(language), 'utf8')));
  if (errors[0]) throw errors[0];
  return bundle;
}

/** The texts are part of the code: read once, never changed. */
export const { t, plain } = createTexts();
