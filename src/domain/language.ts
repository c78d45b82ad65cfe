export const LANGUAGES = ['ru', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text the owner writes in the catalogue, in every language the shop speaks. */
export type LocalizedText = Readonly<Record<Language, string>>;

/** Telegram clients in these languages get Russian: their users read it, and we have no locale of their own. */
const READS_RUSSIAN: ReadonlySet<string> = new Set(['ru', 'be', 'uk', 'kk', 'ky', 'uz', 'tg', 'tt']);

/** The shop's language for a Telegram `language_code` (an IETF tag such as `pt-br`, or absent). */
export function languageFromCode(code: string | undefined): Language {
  const primary = code?.toLowerCase().split('-')[0];
  // Most buyers are Russian-speaking, so a client that hides its language is taken for one of them.
  if (primary === undefined || primary === '') return 'ru';
  return READS_RUSSIAN.has(primary) ? 'ru' : 'en';
}
