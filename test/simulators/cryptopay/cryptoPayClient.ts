import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { start } from '../../../simulators/cryptopay/server';

type Json = Record<string, any>;

export const TOKEN = '10500:CRYPTO-PAY-test-token';

/** A running simulator with short words for what tests do to it. */
export interface TestApp {
  readonly url: string;
  /** A control call; fails unless it answers 200. */
  sim(method: string, path: string, body?: unknown): Promise<any>;
  /** An API call with the right token unless told otherwise. */
  api(method: string, body?: Json, token?: string | null): Promise<{ status: number; json: Json; text: string }>;
  /** An invoice of 990.00 roubles, active. */
  newInvoice(change?: Json): Promise<Json>;
  close(): Promise<void>;
}

export async function openApp(options: Record<string, string> = {}): Promise<TestApp> {
  const { url, close } = await start({ port: 0, host: '127.0.0.1', ...options });
  const sim: TestApp['sim'] = async (method, path, body) => {
    const response = await fetch(`${url}/_sim${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(json)}`);
    return json;
  };
  const api: TestApp['api'] = async (method, body = {}, token = TOKEN) => {
    const response = await fetch(`${url}/api/${method}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { 'crypto-pay-api-token': token }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, json: text.startsWith('{') ? (JSON.parse(text) as Json) : {}, text };
  };
  return {
    url,
    sim,
    api,
    close,
    async newInvoice(change) {
      const { status, json } = await api('createInvoice', {
        currency_type: 'fiat',
        fiat: 'RUB',
        amount: '990.00',
        payload: 'order-8f3c',
        expires_in: 3600,
        ...change,
      });
      if (status !== 200) throw new Error(`invoice refused: ${JSON.stringify(json)}`);
      return json['result'] as Json;
    },
  };
}

export interface Received {
  readonly raw: string;
  readonly json: Json;
  readonly signature: string | undefined;
}

/** A shop's webhook address that keeps the bytes it gets and answers what it's told. */
export async function openWebhookTarget(): Promise<{
  url: string;
  received: Received[];
  /** Status of every answer. */
  answer: { status: number };
  close(): Promise<void>;
}> {
  const received: Received[] = [];
  const answer = { status: 200 };
  const server = createServer((request, response) => {
    let raw = '';
    request.on('data', (chunk: Buffer) => (raw += chunk.toString()));
    request.on('end', () => {
      const signature = request.headers['crypto-pay-api-signature'] as string | undefined;
      received.push({ raw, json: JSON.parse(raw) as Json, signature });
      response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/cryptopay`,
    received,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
