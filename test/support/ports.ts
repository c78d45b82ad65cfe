import { once } from 'node:events';
import net from 'node:net';

/**
 * A port that nobody listens on just now, from below the range the system takes for outgoing connections (32768 and up
 * on Linux, 49152 and up elsewhere): one from that range is soon taken by somebody's connection, before the server to
 * be started has it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  const taken = once(server, 'error').then(() => false);
  const listening = once(server.listen(port, '127.0.0.1'), 'listening').then(() => true);
  const free = await Promise.race([taken, listening]);
  if (free) server.close();
  return free;
}
