import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallLog } from '../calls';
import { VirtualClock } from '../clock';
import { readBody, serveControl } from '../controlServer';
import { listen } from '../httpService';
import { createApi } from './apiServer';
import type { App } from './app';
import { createControl } from './control';
import { Faults } from './faults';
import { answerPayPage } from './payPage';
import { Store } from './store';
import { Webhooker } from './webhooks';

/** Flags as the command line gives them, beside `port` and `host`. All optional; README.md explains each. */
export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly [flag: string]: string | number | boolean | undefined;
}

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Starts the simulator. The API is at `<url>/api/<method>`, the control endpoints at `<url>/_sim/`. */
export async function start(options: StartOptions): Promise<{ url: string; close(): Promise<void> }> {
  const text = (flag: string) => (options[flag] === undefined ? undefined : String(options[flag]));
  const token = text('token') ?? '10500:CRYPTO-PAY-test-token';
  const clock = new VirtualClock();
  const faults = new Faults();
  const calls = new CallLog();
  const store = new Store(text('state'));
  store.tables.webhookUrl = text('webhook-url') ?? store.tables.webhookUrl;
  clock.setOffset(store.tables.offsetMs);
  const webhooks = new Webhooker(clock, faults, store, {
    token,
    timeScale: Number(text('webhook-time-scale') ?? 1),
  });

  let url = '';
  const app: App = {
    token,
    isTestnet: text('network') === 'testnet',
    get publicUrl() {
      return (text('public-url') ?? url).replace(/\/+$/, '');
    },
    clock,
    faults,
    store,
    webhooks,
  };
  const control = createControl(app, calls, () => {
    webhooks.reset();
    clock.clear();
    clock.setOffset(0);
    faults.clear();
    calls.clear();
    store.clear();
    store.tables.webhookUrl = text('webhook-url') ?? null;
  });

  const closing = new AbortController();
  const serveApi = createApi(app, calls, closing.signal);

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', 'http://simulator');
    const raw = await readBody(request);
    if (target.pathname.startsWith('/_sim/')) return serveControl(control, request, response, target, raw);
    if (faults.on.down) return void request.socket.destroy();
    if (target.pathname.startsWith('/api/')) return serveApi(request, response, target, raw);
    // The three addresses of an invoice lead to the same page.
    const hash =
      target.searchParams.get('start') ??
      target.searchParams.get('startapp')?.replace(/^invoice-/, '') ??
      target.pathname.replace(/^\/invoices\//, '');
    const { status, html } = answerPayPage(app, request.method ?? 'GET', hash, new URLSearchParams(raw));
    response
      .writeHead(status, {
        'Cache-Control': 'no-store',
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': PAGE_POLICY,
      })
      .end(html);
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
