import { start } from '../../../simulators/cryptopay/server';
import { controlOf, openTarget, type ControlCall } from '../http';

type Json = Record<string, any>;

export const TOKEN = '10500:CRYPTO-PAY-test-token';

/** A running simulator with short words for what tests do to it. */
export interface TestApp {
  readonly url: string;
  readonly sim: ControlCall;
  /** An API call with the right token unless told otherwise. */
  api(method: string, body?: Json, token?: string | null): Promise<{ status: number; json: Json; text: string }>;
  /** An invoice of 990.00 roubles, active. */
  newInvoice(change?: Json): Promise<Json>;
  close(): Promise<void>;
}

export async function openApp(options: Record<string, string> = {}): Promise<TestApp> {
  const { url, close } = await start({ port: 0, host: '127.0.0.1', ...options });
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
    sim: controlOf(url),
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
  const target = await openTarget('/webhooks/cryptopay', (raw, request, response) => {
    const signature = request.headers['crypto-pay-api-signature'] as string | undefined;
    received.push({ raw, json: JSON.parse(raw) as Json, signature });
    response.writeHead(answer.status).end();
  });
  return { ...target, received, answer };
}
