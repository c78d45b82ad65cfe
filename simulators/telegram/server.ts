import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { controlHandler, type CallRecord } from './control';
import { ApiFailure } from './failure';
import { allMethods } from './methods/index';
import { Described } from './methods/method';
import { Params } from './params';
import { People } from './people';
import { TelegramSim } from './sim';
import { readParams, sendJson } from './wire';

export interface TelegramSimulatorOptions {
  readonly port: number;
  readonly host: string;
  /** File that keeps everything over a restart. */
  readonly state?: string;
  /** The one token that is accepted; without it every well-formed token is. */
  readonly token?: string;
  /** Default `gigabridge_bot`. */
  readonly 'bot-username'?: string;
  /** Milliseconds behind the growing pauses of webhook retries; Telegram's own second is the default. */
  readonly 'webhook-retry-ms'?: string;
  readonly [flag: string]: string | number | undefined;
}

export interface TelegramSimulator {
  /** Base address: `apiRoot` for grammY, and where `/_sim/` lives. */
  readonly url: string;
  close(): Promise<void>;
}

const KEPT_CALLS = 20_000;

/** Starts the stand-in and answers with its address once it listens. */
export async function start(options: TelegramSimulatorOptions): Promise<TelegramSimulator> {
  const methods = allMethods();
  const sim = new TelegramSim({
    statePath: options.state,
    botUsername: options['bot-username'] ?? 'gigabridge_bot',
    webhookRetryMs: Number(options['webhook-retry-ms'] ?? 1000),
    reply: ({ method, ...body }) => void run(String(method).toLowerCase(), new Params(body)).catch(() => undefined),
  });
  if (options.token !== undefined) sim.botId = Number.parseInt(options.token, 10) || sim.botId;
  let calls: CallRecord[] = [];
  let seq = 0;
  const botCalls = new Set<ServerResponse>();

  function checkToken(token: string): void {
    if (!/^\d{1,17}:[\w-]{1,80}$/.test(token)) throw new ApiFailure(401, 'Unauthorized: invalid token specified');
    if (options.token !== undefined && token !== options.token) throw new ApiFailure(401, 'Unauthorized');
    if (options.token === undefined) sim.botId = Number.parseInt(token, 10);
  }

  async function run(name: string, params: Params): Promise<unknown> {
    const method = methods.get(name);
    if (!method) throw new ApiFailure(404, 'Not Found');
    return method(sim, params);
  }

  function record(url: URL, method: string, params: Params): CallRecord {
    const chatId = params.text('chat_id');
    const path = url.pathname.replace(/^\/bot[^/]*/, '/bot');
    const call: CallRecord = {
      seq: ++seq,
      at: new Date().toISOString(),
      method,
      path,
      status: 0,
      ...(chatId === '' ? {} : { chatId }),
    };
    calls.push(call);
    if (calls.length > KEPT_CALLS) calls = calls.slice(-KEPT_CALLS / 2);
    return call;
  }

  async function botCall(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    if (sim.faults.current.down) return void req.socket.destroy();
    botCalls.add(res);
    res.on('close', () => botCalls.delete(res));
    const [, token = '', original = ''] = /^\/bot([^/]+)\/(\w+)\/?$/.exec(url.pathname) ?? [];
    let call: CallRecord | undefined;
    try {
      if (token === '') throw new ApiFailure(404, 'Not Found');
      const params = await readParams(req, url);
      call = record(url, original, params);
      checkToken(token);
      const name = original.toLowerCase();
      const { latencyMs } = sim.faults.current;
      if (latencyMs) await sleep(latencyMs);
      if (sim.faults.current.html502) {
        call.status = 502;
        return void res
          .writeHead(502, { 'content-type': 'text/html' })
          .end('<html><head><title>502 Bad Gateway</title></head></html>');
      }
      const proxy = sim.faults.proxyAnswer(name);
      if (proxy) {
        call.status = proxy.status;
        return sendJson(res, proxy.status, proxy.body);
      }
      sim.faults.beforeCall(name);
      const result = await run(name, params);
      if (sim.faults.losesAnswer(name)) return void req.socket.destroy();
      call.status = 200;
      if (result instanceof Described)
        sendJson(res, 200, { ok: true, result: result.result, description: result.description });
      else sendJson(res, 200, { ok: true, result });
    } catch (error) {
      const failure = error instanceof ApiFailure ? error : new ApiFailure(500, 'Internal Server Error');
      if (!(error instanceof ApiFailure)) process.stderr.write(`telegram simulator: ${(error as Error).stack}\n`);
      if (call) call.status = failure.code;
      const retryAfter = failure.parameters?.retry_after;
      sendJson(res, failure.code, failure, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    }
  }

  function fileDownload(req: IncomingMessage, res: ServerResponse, url: URL): void {
    if (sim.faults.current.down) return void req.socket.destroy();
    const [, token = '', path = ''] = /^\/file\/bot([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    const known = Object.values(sim.state.files).find((file) => file.path === path);
    if ((options.token !== undefined && token !== options.token) || !known)
      return sendJson(res, 404, new ApiFailure(404, 'Not Found'));
    res.writeHead(200, { 'content-type': 'application/octet-stream' });
    res.end(Buffer.from(known.base64, 'base64'));
  }

  const control = controlHandler({
    sim,
    people: new People(sim),
    calls: () => calls,
    faultsChanged: () => {
      // When the service goes down, the open long polls are cut, too.
      if (sim.faults.current.down) for (const res of botCalls) res.socket?.destroy();
      sim.webhooks.pump();
    },
    reset: () => {
      calls = [];
      sim.reset();
    },
  });

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://simulator');
    if (url.pathname.startsWith('/_sim/')) return control(req, res, url);
    if (url.pathname.startsWith('/file/bot')) return fileDownload(req, res, url);
    return botCall(req, res, url);
  }

  const server = createServer((req, res) => {
    handle(req, res).catch((error: unknown) => {
      process.stderr.write(`telegram simulator: ${(error as Error).stack}\n`);
      if (!res.headersSent) sendJson(res, 500, { error: 'simulator fault' });
    });
  });
  // Longer than the pauses between calls, so that a caller never uses a connection that is just being closed.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port, options.host, resolve),
  );
  const { port } = server.address() as AddressInfo;
  sim.webhooks.pump();

  return {
    url: `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`,
    async close() {
      sim.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
