import type { z } from 'zod';
import { contradictions } from './contradictions';
import { misspeltAs } from './misspelt';
import { VARIABLES } from './variables';

/** A variable that is missing or malformed, with an example of a good value. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
  readonly example: string;
}

/** Thrown when any setting is bad. Its message lists every problem at once and holds no value, only names. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly problems: readonly SettingProblem[]) {
    super(
      [
        'The configuration has mistakes; nothing was started:',
        ...problems.map((p) => `  ${p.name}: ${p.problem}. Example: ${p.name}=${p.example}`),
      ].join('\n'),
    );
  }
}

type Variables = typeof VARIABLES;

/** The parsed environment. Durations are in milliseconds, addresses have no trailing slash. */
export type Settings = { readonly [Name in keyof Variables]: z.output<Variables[Name]['schema']> };

export type SettingName = keyof Variables;

export const SETTING_NAMES = Object.keys(VARIABLES) as SettingName[];

/** What it takes to reach Temporal (`temporalTarget`). */
export const TEMPORAL_SETTINGS = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_API_KEY',
  'TEMPORAL_PAYLOAD_KEYS',
] as const satisfies readonly SettingName[];

/**
 * Parses the environment.
 *
 * @param environment usually `process.env`; an empty string counts as absent, as in a compose file's `VAR: ${VAR:-}`
 * @throws SettingsError with every problem at once
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { values, problems } = parseAll(SETTING_NAMES, environment);
  const settings = values as Settings;
  if (problems.length === 0) problems.push(...contradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** The same for a tool that needs only some of them. @throws SettingsError */
export function readSomeSettings<Name extends SettingName>(
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>>,
): Pick<Settings, Name> {
  const { values, problems } = parseAll(names, environment);
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Pick<Settings, Name>;
}

function parseAll(names: readonly SettingName[], environment: Readonly<Record<string, string | undefined>>) {
  const values: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  const unknown = Object.keys(environment).filter(
    (name) => environment[name]?.trim() && !Object.hasOwn(VARIABLES, name),
  );
  for (const name of names) {
    const { schema, example } = VARIABLES[name];
    const given = environment[name]?.trim();
    const misspelt = given ? undefined : misspeltAs(name, unknown);
    if (misspelt !== undefined) {
      problems.push({ name, problem: `is not set, but ${misspelt} is: correct that name, or set both`, example });
      continue;
    }
    const result = schema.safeParse(given === '' ? undefined : given);
    if (result.success) values[name] = result.data;
    else
      problems.push({
        name,
        problem: given ? (result.error.issues[0]?.message ?? 'is malformed') : 'is missing',
        example,
      });
  }
  return { values, problems };
}
