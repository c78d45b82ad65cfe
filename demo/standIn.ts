import type { z } from 'zod';

/** A stand-in refused a call (`status`), or did not answer it (`status` 502). */
export class StandInError extends Error {
  override readonly name = 'StandInError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Control calls are answered from memory on this machine; longer means that nobody is there. */
const TIME_LIMIT_MS = 5000;

/** The `/_sim/` endpoints of one stand-in. */
export interface StandIn {
  readonly url: string;
  /** @throws StandInError also where the answer has another shape than asked for */
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>;
  /** @throws StandInError */
  send(method: 'POST' | 'PUT', path: string, body: object): Promise<void>;
  /** The answer as it comes, for streams and pictures. @throws StandInError */
  open(path: string, signal?: AbortSignal): Promise<Response>;
}

export function createStandIn(name: string, url: string): StandIn {
  async function call(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${url}/_sim/${path}`, init);
    } catch {
      throw new StandInError(502, `The ${name} stand-in does not answer.`);
    }
    if (!response.ok) throw new StandInError(response.status, `${name}: ${await readRefusal(response)}`);
    return response;
  }

  return {
    url,
    async get(path, schema) {
      const response = await call(path, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
      const read = schema.safeParse(await response.json().catch(() => undefined));
      if (!read.success)
        throw new StandInError(502, `The ${name} stand-in answered /_sim/${path.split('?')[0]} in an unknown shape.`);
      return read.data;
    },
    async send(method, path, body) {
      const response = await call(path, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIME_LIMIT_MS),
      });
      await response.arrayBuffer();
    },
    open: (path, signal) => call(path, signal === undefined ? {} : { signal }),
  };
}

async function readRefusal(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const body = JSON.parse(text) as { error?: unknown };
    if (typeof body.error === 'string') return body.error;
  } catch {
    // Not JSON: the status has to do.
  }
  return `HTTP ${response.status}`;
}
