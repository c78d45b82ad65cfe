import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpService {
  readonly url: string;
  /** Closes every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves HTTP until it is closed. What goes wrong in a simulator is answered with 500 and its stack.
 * @param closing nobody is answered any more once it has aborted
 * @throws the error of listening
 */
export async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { port, host, closing }: { readonly port: number; readonly host: string; readonly closing: AbortSignal },
): Promise<HttpService> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (closing.aborted || response.destroyed) return;
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(`simulator: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
