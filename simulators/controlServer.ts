import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlError } from './controlError';

export interface ControlRequest {
  readonly method: string;
  /** With the `/_sim` prefix. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}

/** `GET /_sim/payments/:id` → what it does; `id` is empty where the route has none. */
export type ControlRoutes = Record<string, (request: ControlRequest, id: string) => unknown>;

const MOST_BODY_BYTES = 1_000_000;
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, PUT',
  'Access-Control-Allow-Headers': 'Content-Type',
};

/** The body of a request as text. @throws Error above 1 MB */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw new Error('request body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Answers a call to `/_sim/`, which a page of the demo may make from another address. */
export async function serveControl(
  routes: ControlRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  target: URL,
  raw: string,
): Promise<void> {
  if (request.method === 'OPTIONS') return void response.writeHead(204, CORS).end();
  const send = (status: number, json: unknown) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...CORS }).end(JSON.stringify(json));
  };
  try {
    const call = {
      method: request.method ?? 'GET',
      path: target.pathname,
      query: target.searchParams,
      body: readControlBody(raw),
    };
    send(200, await runRoute(routes, call));
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    send(error.status, { error: error.message });
  }
}

async function runRoute(routes: ControlRoutes, request: ControlRequest): Promise<unknown> {
  const parts = request.path.split('/');
  const id = parts[3] ?? '';
  const withId = [...parts.slice(0, 3), ':id', ...parts.slice(4)].join('/');
  const handler = routes[`${request.method} ${request.path}`] ?? routes[`${request.method} ${withId}`];
  if (!handler || (parts.length > 3 && id === '')) throw new ControlError(404, `no ${request.method} ${request.path}`);
  return handler(request, id);
}

function readControlBody(raw: string): Record<string, unknown> {
  if (raw === '') return {};
  try {
    const body: unknown = JSON.parse(raw);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Falls through to the refusal below.
  }
  throw new ControlError(400, 'a JSON object is expected');
}
