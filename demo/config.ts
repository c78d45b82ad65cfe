/** What the demo page runs on. Addresses are without a trailing slash. */
export interface DemoConfig {
  readonly host: string;
  readonly port: number;
  readonly telegramUrl: string;
  readonly yookassaUrl: string;
  readonly panels: readonly { readonly name: string; readonly url: string }[];
  /** Where the bot serves the page a buyer comes back to from the checkout; the checkout's frame may show it. */
  readonly botUrl: string | undefined;
  /** Absent where Temporal is somebody's own and its Web UI is not known: workflows are named, not linked. */
  readonly temporalUiUrl: string | undefined;
  readonly temporalAddress: string | undefined;
  readonly temporalNamespace: string;
}

/** Lists every mistake of the environment at once, by name and with an example, never with a value. */
export class DemoConfigError extends Error {
  override readonly name = 'DemoConfigError';
  constructor(problems: readonly string[]) {
    super(
      [
        'The demo page was not started, its configuration has mistakes:',
        ...problems.map((problem) => `  ${problem}`),
      ].join('\n'),
    );
  }
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** @throws DemoConfigError */
export function readDemoConfig(environment: Readonly<Record<string, string | undefined>>): DemoConfig {
  const problems: string[] = [];
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;

  /** The demo is about stand-ins on this machine; a service elsewhere could be a real shop's. */
  const local = (name: string, text: string, example: string): string => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:') problems.push(`${name}: must be an http:// address. Example: ${name}=${example}`);
    else if (!LOOPBACK.has(url.hostname))
      problems.push(`${name}: must be on this machine (localhost or 127.0.0.1). Example: ${name}=${example}`);
    return text.replace(/\/+$/, '');
  };
  const required = (name: string, example: string): string => {
    const text = read(name);
    if (text === undefined) problems.push(`${name}: is missing. Example: ${name}=${example}`);
    return text ?? '';
  };
  const requiredLocal = (name: string, example: string): string => {
    const text = required(name, example);
    return text === '' ? '' : local(name, text, example);
  };

  const host = read('DEMO_HOST') ?? '127.0.0.1';
  if (!LOOPBACK.has(host))
    problems.push(
      'DEMO_HOST: must be an address of this machine only: the page can kill processes. Example: DEMO_HOST=127.0.0.1',
    );
  const portText = read('DEMO_PORT') ?? '3000';
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535)
    problems.push('DEMO_PORT: must be a port number. Example: DEMO_PORT=3000');

  const telegramUrl = requiredLocal('DEMO_TELEGRAM_URL', 'http://127.0.0.1:9101');
  const yookassaUrl = requiredLocal('DEMO_YOOKASSA_URL', 'http://127.0.0.1:9102');
  const panels = readPanels(required('DEMO_HIDDIFY_URLS', 'nl-1=http://127.0.0.1:9103'), problems, local);

  const botText = read('DEMO_BOT_URL');
  const botUrl = botText === undefined ? undefined : local('DEMO_BOT_URL', botText, 'http://localhost:8080');
  const temporalUiUrl = read('TEMPORAL_UI_URL');
  if (temporalUiUrl !== undefined && !/^https?:\/\//.test(temporalUiUrl)) {
    problems.push(
      'TEMPORAL_UI_URL: must be an http:// or https:// address. Example: TEMPORAL_UI_URL=http://127.0.0.1:8233',
    );
  }
  if (problems.length > 0) throw new DemoConfigError(problems);
  return {
    host,
    port: Number(portText),
    telegramUrl,
    yookassaUrl,
    panels,
    botUrl,
    temporalUiUrl: temporalUiUrl?.replace(/\/+$/, ''),
    temporalAddress: read('TEMPORAL_ADDRESS'),
    temporalNamespace: read('TEMPORAL_NAMESPACE') ?? 'default',
  };
}

/** `name=url` entries; a plain address is named by its place in the list. */
function readPanels(
  text: string,
  problems: string[],
  local: (name: string, text: string, example: string) => string,
): DemoConfig['panels'] {
  const name = 'DEMO_HIDDIFY_URLS';
  const example = 'nl-1=http://127.0.0.1:9103';
  const panels = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part, index) => {
      const [, label, url] = /^(?:([\p{L}\p{N} ._-]{1,40})=)?(.*)$/u.exec(part) ?? [];
      return { name: label?.trim() ?? `panel-${index + 1}`, url: local(name, url ?? '', example) };
    });
  if (new Set(panels.map((panel) => panel.name)).size !== panels.length)
    problems.push(`${name}: two panels have the same name. Example: ${name}=${example}`);
  return panels;
}
