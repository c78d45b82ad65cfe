/** What the entries of a catalogue file say of each other. */
import { z } from 'zod';
import { CODE } from './catalogueSchema';
import { clientUrlMistakes } from './panelUrl';

/**
 * The codes of a file, however wrong the rest of it is. A malformed code is left to the schema; it may be a key in the
 * wrong place.
 */
const anyCode = z.string().regex(CODE).optional().catch(undefined);
const coded = z
  .array(z.object({ code: anyCode, location: anyCode }).catch({}))
  .optional()
  .catch(undefined);
const trialCodes = z
  .object({ servers: z.array(anyCode).optional().catch(undefined) })
  .optional()
  .catch(undefined);
const codesOnly = z.object({ locations: coded, servers: coded, plans: coded, trial: trialCodes }).catch({});

/**
 * Codes that occur twice, servers in an unknown location, customers' addresses that are an administrator's. Apart from
 * the schema, so that all mistakes are reported at once.
 */
export function brokenReferences(json: unknown): string[] {
  const file = codesOnly.parse(json);
  const problems: string[] = [];
  for (const part of ['locations', 'servers', 'plans'] as const) {
    const seen = new Set<string>();
    for (const [index, item] of (file[part] ?? []).entries()) {
      if (item.code === undefined) continue;
      if (seen.has(item.code)) problems.push(`${pathOf([part, index, 'code'])}: "${item.code}" is there twice`);
      seen.add(item.code);
    }
  }
  for (const [index, { location }] of (file.servers ?? []).entries()) {
    if (location === undefined || !file.locations || file.locations.some((one) => one.code === location)) continue;
    problems.push(`${pathOf(['servers', index, 'location'])}: "${location}" is not among the locations`);
  }
  for (const [index, server] of (file.trial?.servers ?? []).entries()) {
    if (server === undefined || !file.servers || file.servers.some((one) => one.code === server)) continue;
    problems.push(`${pathOf(['trial', 'servers', index])}: "${server}" is not among the servers`);
  }
  for (const { server, problem } of clientUrlMistakes(json))
    problems.push(`${pathOf(['servers', server, 'panel', 'clientUrl'])}: ${problem}`);
  return problems;
}

/** `servers[2].panel.apiKey` */
export function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
