/**
 * For scale only: the watch as timers in one process. It asks YooKassa's stand-in for every id it is given on its
 * standard input, on a grid, until it is killed. What it watches is kept in its memory only.
 */
import { text } from 'node:stream/consumers';

async function main(): Promise<void> {
  const { url, authorization, intervalMs, ids } = JSON.parse(await text(process.stdin)) as {
    url: string;
    authorization: string;
    intervalMs: number;
    ids: string[];
  };
  const begun = Date.now();
  const ask = (id: string, due: number): void => {
    setTimeout(() => {
      ask(id, due + intervalMs);
      void fetch(`${url}/payments/${id}`, { headers: { authorization } }).then((response) => response.arrayBuffer());
    }, due - Date.now());
  };
  ids.forEach((id, index) => ask(id, begun + Math.round(((index + 1) * intervalMs) / ids.length)));
  console.log(`begun ${begun}`);
}

void main();
