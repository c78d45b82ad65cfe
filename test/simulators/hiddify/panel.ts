import { start, type HiddifySimulator } from '../../../simulators/hiddify/server';

export interface Reply {
  status: number;
  body: any;
  text: string;
  headers: Headers;
}

/** A simulated panel spoken to with bare HTTP, as its real counterpart was when its answers were recorded. */
export interface Wire {
  readonly simulator: HiddifySimulator;
  /** Call below `/<admin path>/`, with the owner's key and `Accept: application/json` unless headers say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string | undefined>): Promise<Reply>;
  /** Any path of the server. */
  raw(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Reply>;
  sim(method: string, path: string, body?: unknown): Promise<any>;
}

export async function startWire(version: string, options: Record<string, string> = {}): Promise<Wire> {
  const simulator = await start({ port: 0, host: '127.0.0.1', version, ...options });
  const raw: Wire['raw'] = async (method, path, headers = {}, body) => {
    const answer = await fetch(`${simulator.url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: answer.status, body: json, text, headers: answer.headers };
  };
  return {
    simulator,
    raw,
    call: (method, path, body, headers = {}) => {
      const all = { 'Hiddify-API-Key': simulator.apiKey, Accept: 'application/json', ...headers };
      const sent = Object.fromEntries(
        Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      return raw(method, `${new URL(simulator.adminUrl).pathname}/${path}`, sent, text);
    },
    sim: async (method, path, body) =>
      (await raw(method, `/_sim/${path}`, {}, body === undefined ? undefined : JSON.stringify(body))).body,
  };
}

export const USER = 'api/v2/admin/user/';
