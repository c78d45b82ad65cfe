import { request } from 'node:http';
import type { HttpServer } from '../../src/http/server';

export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  json(): unknown;
}

export interface Ask {
  readonly method?: string;
  /** Sent exactly as written, unlike by `fetch`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string;
}

/** Puts a server on a free port of this machine and asks it over a real socket. */
export async function serve(server: HttpServer): Promise<{ ask(ask: Ask): Promise<Answer>; close(): Promise<void> }> {
  const { hostname, port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  return {
    ask: ({ method = 'GET', url, headers = {}, payload }) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            hostname,
            port,
            method,
            path: url,
            headers: { ...headers, ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }) },
            agent: false,
          },
          (incoming) => {
            let body = '';
            incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
            incoming.on('end', () =>
              resolve({
                statusCode: incoming.statusCode ?? 0,
                headers: incoming.headers,
                body,
                json: () => JSON.parse(body) as unknown,
              }),
            );
            incoming.on('error', reject);
          },
        );
        // A server that refuses may close the connection while the body is still being sent, after it has answered.
        outgoing.on('error', (error) => setTimeout(() => reject(error), 200));
        outgoing.end(payload);
      }),
    close: () => server.close(),
  };
}
