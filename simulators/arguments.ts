/** The command line of `simulators/main.ts`, apart from the process so that it can be tested. */

export const SIMULATOR_NAMES = ['telegram', 'yookassa', 'cryptopay', 'hiddify'] as const;
export type SimulatorName = (typeof SIMULATOR_NAMES)[number];

/** Options as typed; everything but the port stays text. */
export interface SimulatorOptions {
  readonly port: number;
  readonly host: string;
  readonly [option: string]: string | number;
}

/** What every `simulators/<name>/server.ts` exports as `start`. */
export type StartSimulator = (options: SimulatorOptions) => Promise<{ url: string; close(): Promise<void> }>;

export const USAGE = [
  'Usage: npm run simulator -- NAME --port N [--host 127.0.0.1] [--option value ...]',
  `  NAME    ${SIMULATOR_NAMES.join(' | ')}`,
  '  --port  0 to 65535, 0 takes any free one (required)',
  '  --host  address to listen on (default 127.0.0.1, this machine only)',
  'Further options belong to the simulator, see simulators/NAME/README.md.',
].join('\n');

/** Reads `NAME --port N --host H --any-option value` (also `--option=value`); a bare `--option` means `true`. */
export function parseSimulatorArguments(
  argv: readonly string[],
): { name: SimulatorName; options: SimulatorOptions } | { problem: string } {
  const given: Record<string, string> = {};
  const names: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at]!;
    if (!word.startsWith('--')) {
      names.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    if (equals > 0) {
      given[word.slice(2, equals)] = word.slice(equals + 1);
      continue;
    }
    const next = argv[at + 1];
    if (next === undefined || next.startsWith('--')) {
      given[word.slice(2)] = 'true';
    } else {
      given[word.slice(2)] = next;
      at += 1;
    }
  }

  const name = names[0];
  if (name === undefined) return { problem: `Which simulator? Name one of: ${SIMULATOR_NAMES.join(', ')}.` };
  if (!isSimulatorName(name))
    return { problem: `There is no simulator called "${name}". Name one of: ${SIMULATOR_NAMES.join(', ')}.` };
  if (names.length > 1) return { problem: `"${names[1]}" was not understood: options are written --option value.` };
  if (given['port'] === undefined) return { problem: 'Tell the port: --port N (0 takes any free one).' };
  const port = Number(given['port']);
  if (!/^\d+$/.test(given['port']) || port > 65_535)
    return { problem: `--port ${given['port']} is not a port number (0 to 65535).` };
  return { name, options: { host: '127.0.0.1', ...given, port } };
}

function isSimulatorName(text: string): text is SimulatorName {
  return (SIMULATOR_NAMES as readonly string[]).includes(text);
}
