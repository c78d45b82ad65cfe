import type { ServerResponse } from 'node:http';
import type { Overview } from './overview';
import type { StandIn } from './standIn';

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1000;

/**
 * One stream of Server-Sent Events a page, because a browser opens only six connections to a host:
 * `overview` (everything beside the chat), `chat` (the stand-in's own events, word for word), and
 * `chat-link` with `up` or `down`, after which the page reads the whole chat anew.
 */
export function streamLive(
  response: ServerResponse,
  { userId, telegram, overview }: { userId: string; telegram: StandIn; overview: Overview },
): void {
  const ended = new AbortController();
  const write = (text: string): void => {
    if (!response.writableEnded) response.write(text);
  };
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  write('retry: 1000\n\n');
  const unwatch = overview.watch((json) => write(`event: overview\ndata: ${json}\n\n`));
  const heartbeat = setInterval(() => write(': \n\n'), HEARTBEAT_MS);
  response.on('close', () => {
    ended.abort();
    clearInterval(heartbeat);
    unwatch();
  });
  void relayChat(telegram, userId, write, ended.signal);
}

/** Passes the stand-in's events on; when the stand-in goes away, waits for it to come back. */
async function relayChat(
  telegram: StandIn,
  userId: string,
  write: (text: string) => void,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    try {
      const { body } = await telegram.open(`events?user=${userId}`, ended);
      write('event: chat-link\ndata: up\n\n');
      const decoder = new TextDecoder();
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>)
        write(decoder.decode(chunk, { stream: true }));
    } catch {
      // Its process is being started again, or the page was closed.
    }
    if (ended.aborted) return;
    // Ends a half-sent event of the lost stream, so that the next one is read by itself.
    write('\n\nevent: chat-link\ndata: down\n\n');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
