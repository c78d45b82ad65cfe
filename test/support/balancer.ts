import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Balancer {
  /** Where callers connect. */
  readonly url: string;
  /** Replicas, taking turns. One that can't be reached is answered for with 502, as a proxy would. */
  targets: readonly string[];
  close(): Promise<void>;
}

/** What stands in front of the bot's replicas in production: passes every request on as it is. */
export async function startBalancer(): Promise<Balancer> {
  let turn = 0;
  const agent = new Agent({ keepAlive: true });
  const balancer = { url: '', targets: [] as readonly string[], close };
  const server = createServer((request, response) => {
    const to = balancer.targets[(turn += 1) % Math.max(1, balancer.targets.length)];
    const fail = (): void => void (response.headersSent ? response.destroy() : response.writeHead(502).end());
    if (to === undefined) return fail();
    const onward = httpRequest(
      `${to}${request.url}`,
      { method: request.method, headers: request.headers, agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', fail);
      },
    );
    onward.on('error', fail);
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  balancer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return balancer;

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      agent.destroy();
    });
  }
}
