/**
 * The shop's words: one Fluent file a language, beside this one. Texts are Telegram HTML; labels and toasts are plain.
 */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LANGUAGES, type Language } from '../../domain/language';

/** A fragment that is Telegram HTML already and is inserted as it stands. */
export class Html {
  constructor(readonly source: string) {}
}

/** Marks trusted HTML, such as another text of ours, so that it is not escaped again. */
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
  /** The same without markup, for button labels, toasts and pages that escape by themselves. */
  readonly plain: (language: Language, key: string, args?: TextArguments) => string;
}

/** Nobody's name or title is longer; whatever is, is there to break the layout. */
const MAX_ARGUMENT = 200;

/** Invisible characters that could break a line or turn the direction of what follows. */
const UNSAFE = /[^\P{Cc}\n]|[\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Removes what a person's own words must not do to a screen, and shortens them. */
export function tame(text: string, maxLength = MAX_ARGUMENT): string {
  const clean = text.replaceAll(UNSAFE, '').trim();
  const characters = Array.from(clean);
  return characters.length <= maxLength ? clean : `${characters.slice(0, maxLength - 1).join('')}…`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Reads both locale files. Cheap enough to be done per process, once. @throws Error when a file has a mistake */
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
  const mapArguments = (args: TextArguments, words: (text: string) => string, markup: (source: Html) => string) =>
    Object.fromEntries(
      Object.entries(args).map(([name, value]) => [
        name,
        typeof value === 'string' ? words(value) : value instanceof Html ? markup(value) : value,
      ]),
    );

  return {
    t: (language, key, args = {}) =>
      format(
        language,
        key,
        mapArguments(
          args,
          (text) => escapeHtml(tame(text)),
          ({ source }) => source,
        ),
      ),
    plain: (language, key, args = {}) =>
      format(
        language,
        key,
        mapArguments(
          args,
          (text) => tame(text),
          ({ source }) => source,
        ),
      ),
  };
}

/** Where a language's texts are, for tools and tests. */
export function localeFile(language: Language): string {
  return path.join(__dirname, `${language}.ftl`);
}

function readBundle(language: Language): FluentBundle {
  // Isolation marks would be copied along with keys and would break <code>.
  const bundle = new FluentBundle(language, { useIsolating: false });
  const errors = bundle.addResource(new FluentResource(readFileSync(localeFile(language), 'utf8')));
  if (errors[0]) throw errors[0];
  return bundle;
}

/** The texts themselves are part of the code: constants that happen to live in files, read once and never changed. */
export const { t, plain } = createTexts();
