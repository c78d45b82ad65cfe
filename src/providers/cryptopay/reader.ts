import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoInvoice } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';

/** Reads one invoice; `undefined`: Crypto Pay does not list it. @throws GatewayError */
export type ReadInvoice = (id: string, signal?: AbortSignal) => Promise<CryptoInvoice | undefined>;

/** Between two calls. A thousand payments that wait are then at most four calls a second. */
export const PAUSE_MS = 250;

/**
 * Reads invoices for everybody who asks in the same moment with one call. Never from memory: what comes was read after
 * it was asked for.
 */
export function createInvoiceReader(client: Pick<CryptoPayClient, 'getInvoices'>, pauseMs = PAUSE_MS): ReadInvoice {
  let next: { readonly ids: Set<string>; readonly answer: Promise<ReadonlyMap<string, CryptoInvoice>> } | undefined;
  let free: Promise<unknown> = Promise.resolve();

  const startBatch = () => {
    const ids = new Set<string>();
    const answer = free.then(async () => {
      next = undefined;
      const call = client.getInvoices([...ids]);
      free = Promise.all([call.catch(() => undefined), sleep(pauseMs, undefined, { ref: false })]);
      return call;
    });
    // Those who asked may all have gone before it fails.
    answer.catch(() => undefined);
    return { ids, answer };
  };

  return async (id, signal) => {
    next ??= startBatch();
    next.ids.add(id);
    return (await unlessAborted(next.answer, signal)).get(id);
  };
}

/** The call goes on for the others. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
