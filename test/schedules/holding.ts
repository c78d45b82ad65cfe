/**
 * A proxy before a stand-in that holds back the answers of some calls. A process that is killed then has had an effect
 * without an answer to it.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HoldingWire {
  readonly url: string;
  /** How many answers are held now. */
  held(): number;
  /** Which calls are held from now on; those held already stay so. */
  hold(which: (method: string, path: string) => boolean): void;
  close(): Promise<void>;
}

/** @param target address of the stand-in */
export async function holdingWire(target: string): Promise<HoldingWire> {
  let which: (method: string, path: string) => boolean = () => false;
  let held = 0;
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const onward = request(
      new URL(url, target),
      { method, headers: { ...headers, host: new URL(target).host } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          if (which(method, url)) held += 1;
          else outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks));
        });
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => held,
    hold(calls) {
      held = 0;
      which = calls;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
