import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { formatDuration } from '../domain/duration';
import { brokenReferences, pathOf } from './catalogueReferences';
import { catalogueSchema, type CatalogueFile } from './catalogueSchema';
import { jsonMistakes } from './jsonMistakes';

/** All mistakes of a catalogue file, each by its path. Nothing of the file was applied. */
export class CatalogueFileError extends Error {
  override readonly name = 'CatalogueFileError';
  constructor(
    file: string,
    readonly problems: readonly string[],
  ) {
    super([`${file} has mistakes; nothing was changed:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

export type { CatalogueFile } from './catalogueSchema';

function trialAsWritten(trial: CatalogueFile['trial']): z.input<typeof catalogueSchema>['trial'] {
  if (trial === null) return null;
  const { serverCodes: servers, ...rest } = trial;
  return { ...rest, servers };
}

/** A catalogue as a file that `readCatalogueFile` reads as the same. It holds the panels' keys. */
export function catalogueFileText(catalogue: CatalogueFile): string {
  const file: z.input<typeof catalogueSchema> = {
    ...catalogue,
    locations: catalogue.locations.map(({ takeOverAfterMs, ...location }) => ({
      ...location,
      takeOverAfter: takeOverAfterMs === null ? null : formatDuration(takeOverAfterMs),
    })),
    trial: trialAsWritten(catalogue.trial),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * Reads and checks a catalogue file (JSON).
 * @throws CatalogueFileError naming every mistake by its path, such as `servers[2].panel.apiKey`, or by its line;
 *   values are not repeated, because some of them are keys
 */
export async function readCatalogueFile(file: string): Promise<CatalogueFile> {
  let text: string;
  try {
    text = withoutMark(await readFile(file, 'utf8'));
  } catch {
    throw new CatalogueFileError(file, ['the file cannot be read']);
  }
  const mistakes = jsonMistakes(text);
  if (mistakes.length > 0) throw new CatalogueFileError(file, mistakes);
  return parseCatalogue(file, JSON.parse(text));
}

/** @throws CatalogueFileError */
export function parseCatalogue(file: string, json: unknown): CatalogueFile {
  const result = catalogueSchema.safeParse(json);
  const malformed = result.success ? [] : result.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`);
  const problems = [...malformed, ...brokenReferences(json)];
  if (!result.success || problems.length > 0) throw new CatalogueFileError(file, problems);
  return result.data;
}

/** Some editors begin a file with a byte order mark, which JSON does not allow. */
function withoutMark(content: string): string {
  return content.replace(/^\uFEFF/, '');
}
