import { start } from '../../../simulators/yookassa/server';
import { controlOf, openTarget, type ControlCall } from '../http';

type Json = Record<string, any>;

/** A running simulator with short words for what tests do to it. */
export interface TestShop {
  readonly url: string;
  readonly apiUrl: string;
  readonly sim: ControlCall;
  /** An API call with the right credentials unless told otherwise. */
  api(
    method: string,
    path: string,
    options?: { body?: unknown; key?: string; raw?: string; headers?: Record<string, string | undefined> },
  ): Promise<{ status: number; json: Json; text: string; headers: Headers }>;
  /** A payment of 990.00 with a return_url, pending. */
  newPayment(change?: Json, key?: string): Promise<Json>;
  close(): Promise<void>;
}

export const RETURN_URL = 'http://127.0.0.1:9/pay/return?o=8f3c&x=%D1%8F';

let keys = 0;
/** A key no other call uses. */
export function freshKey(): string {
  return `key-${(keys += 1)}`;
}

export function paymentBody(change: Json = {}): Json {
  return {
    amount: { value: '990.00', currency: 'RUB' },
    capture: true,
    confirmation: { type: 'redirect', return_url: RETURN_URL },
    description: 'Заказ 8f3c',
    metadata: { payment_id: 'p-1' },
    ...change,
  };
}

export async function openShop(options: Record<string, string> = {}): Promise<TestShop> {
  const { url, close } = await start({ port: 0, host: '127.0.0.1', ...options });
  const api: TestShop['api'] = async (method, path, { body, key, raw, headers } = {}) => {
    const sent = {
      authorization: `Basic ${Buffer.from('100500:test_demo').toString('base64')}`,
      ...(method === 'POST' ? { 'content-type': 'application/json', 'idempotence-key': key ?? freshKey() } : {}),
      ...headers,
    };
    const response = await fetch(`${url}/v3${path}`, {
      method,
      headers: Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ...(raw !== undefined ? { body: raw } : body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      json: text.startsWith('{') ? (JSON.parse(text) as Json) : {},
      text,
      headers: response.headers,
    };
  };
  return {
    url,
    apiUrl: `${url}/v3`,
    sim: controlOf(url),
    api,
    close,
    async newPayment(change, key) {
      const { status, json } = await api('POST', '/payments', { body: paymentBody(change), key: key ?? freshKey() });
      if (status !== 200) throw new Error(`payment refused: ${JSON.stringify(json)}`);
      return json;
    },
  };
}

/** A shop's webhook address that keeps what it gets and answers what it's told. */
export async function openWebhookTarget(): Promise<{
  url: string;
  received: Json[];
  headers: Json[];
  /** Statuses for the next notifications; 200 when used up. */
  answers: number[];
  close(): Promise<void>;
}> {
  const received: Json[] = [];
  const headers: Json[] = [];
  const answers: number[] = [];
  const target = await openTarget('/webhooks/yookassa', (text, request, response) => {
    received.push(JSON.parse(text) as Json);
    headers.push(request.headers);
    response.writeHead(answers.shift() ?? 200).end();
  });
  return { ...target, received, headers, answers };
}
