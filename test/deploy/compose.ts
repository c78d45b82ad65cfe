import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';

export const ROOT = path.resolve(__dirname, '..', '..');

export const fileText = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

type Condition = 'service_healthy' | 'service_completed_successfully' | 'service_started';

export interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: Condition }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** docker-compose.yml as it is written, aliases resolved, variables not. */
export const composeAsWritten = (): ComposeFile =>
  parse(fileText('docker-compose.yml'), { merge: true }) as ComposeFile;

/**
 * docker-compose.yml as Docker would run it.
 * @throws Error when a mandatory variable is missing, with the file's own message
 */
export const composeWith = (variables: Readonly<Record<string, string>>): ComposeFile =>
  interpolateAll(composeAsWritten(), variables) as ComposeFile;

/** The lines of .env.example, as they are and with those behind a # taken in. */
export function envExample(): { readonly set: Record<string, string>; readonly shown: Record<string, string> } {
  const text = fileText('.env.example');
  const read = (from: string) => parseEnv(from) as Record<string, string>;
  return { set: read(text), shown: read(text.replaceAll(/^#(?=[A-Z_]+=)/gm, '')) };
}

function interpolateAll(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolateAll(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolateAll(item, variables)]));
}

/** The forms the file uses: `$$`, `${NAME:-default}` with a default that may hold another, `${NAME:?message}`. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  const start = /\$\$|\$\{([A-Z_]+):([-?])/.exec(text);
  if (!start) return text;
  const before = text.slice(0, start.index);
  const rest = text.slice(start.index + start[0].length);
  if (start[0] === '$$') return `${before}$${interpolate(rest, variables)}`;
  const end = closingBrace(rest);
  const [, name = '', kind] = start;
  const given = variables[name];
  const inside = rest.slice(0, end);
  if (!given && kind === '?') throw new Error(`${name} ${inside}`);
  return before + (given || interpolate(inside, variables)) + interpolate(rest.slice(end + 1), variables);
}

function closingBrace(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith('${', at)) open += 1;
    if (text[at] === '}' && open-- === 0) return at;
  }
  throw new Error(`no closing brace in ${text}`);
}
