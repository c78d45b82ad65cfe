import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallLog } from '../calls';
import { VirtualClock } from '../clock';
import { readBody, serveControl } from '../controlServer';
import { listen } from '../httpService';
import { createApi } from './apiServer';
import { answerCheckout } from './checkout';
import { createControl } from './control';
import { Faults } from './faults';
import { watchExpiry } from './payments';
import type { Shop } from './shop';
import { Store } from './store';
import { Webhooker } from './webhooks';

/** Flags as the command line gives them, beside `port` and `host`. All optional; README.md explains each. */
export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly [flag: string]: string | number | boolean | undefined;
}

const CHECKOUT_PATH = '/checkout/payments/v2/contract';
/**
 * The page is one file; framing and forms are free, since the demo shows it in a frame and it leads back to any shop.
 */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
/** Starts the simulator. The API is at `<url>/v3`, the control endpoints at `<url>/_sim/`. */
export async function start(options: StartOptions): Promise<{ url: string; close(): Promise<void> }> {
  const text = (flag: string) => (options[flag] === undefined ? undefined : String(options[flag]));
  const clock = new VirtualClock();
  const faults = new Faults();
  const calls = new CallLog();
  const store = new Store(text('state'));
  store.webhookUrl = text('webhook-url') ?? store.webhookUrl;
  clock.setOffset(store.offsetMs);
  const webhooks = new Webhooker(clock, faults, store, {
    timeScale: Number(text('webhook-time-scale') ?? 1),
    forwardedFor: text('webhook-from'),
  });

  let url = '';
  const shop: Shop = {
    shopId: text('shop-id') ?? '100500',
    secretKey: text('secret-key') ?? 'test_demo',
    get publicUrl() {
      return (text('public-url') ?? url).replace(/\/+$/, '');
    },
    clock,
    faults,
    store,
    webhooks,
  };
  for (const payment of store.payments.values()) {
    if (payment.status === 'pending' || payment.status === 'waiting_for_capture') watchExpiry(shop, payment);
  }
  const control = createControl(shop, calls, () => {
    webhooks.reset();
    clock.clear();
    clock.setOffset(0);
    faults.clear();
    calls.clear();
    store.clear();
    store.webhookUrl = text('webhook-url') ?? null;
  });

  const closing = new AbortController();
  const serveApi = createApi(shop, calls, closing.signal);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', 'http://simulator');
    const raw = await readBody(request);
    if (target.pathname.startsWith('/_sim/')) return serveControl(control, request, response, target, raw);
    if (faults.on.down) return void request.socket.destroy();
    if (target.pathname === CHECKOUT_PATH) return serveCheckout(request, response, target, raw);
    return serveApi(request, response, target, raw);
  }

  function serveCheckout(request: IncomingMessage, response: ServerResponse, target: URL, raw: string): void {
    const method = request.method ?? 'GET';
    const call = calls.open({ at: new Date(clock.now()).toISOString(), method, path: target.pathname + target.search });
    const answer = answerCheckout(shop, method, target.searchParams, new URLSearchParams(raw));
    call.status = answer.status;
    response
      .writeHead(answer.status, {
        'Cache-Control': 'no-store',
        ...(answer.location === undefined
          ? { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': PAGE_POLICY }
          : { Location: answer.location }),
      })
      .end(answer.html ?? '');
  }

  const service = await listen(serve, { ...options, closing: closing.signal });
  url = service.url;
  return {
    url,
    async close() {
      closing.abort();
      webhooks.close();
      clock.clear();
      await service.close();
      store.flush();
    },
  };
}
