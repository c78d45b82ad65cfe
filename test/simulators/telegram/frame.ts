import { start, type TelegramSimulator, type TelegramSimulatorOptions } from '../../../simulators/telegram/server';

export const TOKEN = '700001:test-token';

export const startSim = (options: Partial<TelegramSimulatorOptions> = {}): Promise<TelegramSimulator> =>
  start({ port: 0, host: '127.0.0.1', 'webhook-retry-ms': '5', ...options });

export interface Envelope {
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: { retry_after?: number };
}

/** One Bot API call without any client library in between. */
export async function api(
  url: string,
  method: string,
  body: Record<string, unknown> = {},
  token = TOKEN,
): Promise<Envelope> {
  const response = await fetch(`${url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Envelope;
}

/** A real 2×3 picture, header and all. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEElEQVR4nGNgYGD4D8YMDAwAGfcD/WBNZKMAAAAASUVORK5CYII=',
  'base64',
);
