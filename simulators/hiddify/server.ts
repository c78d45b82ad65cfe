/** A stand-in for one Hiddify panel. README.md lists what it imitates and what it does not. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { adminApi, isAdminRoute } from './admin-api';
import {
  FrameworkError,
  frameworkAnswer,
  HTML_502,
  HTML_504,
  html429,
  Refusal,
  refusalAnswer,
  type Answer,
} from './answers';
import { clientApi, isClientRoute } from './client-api';
import { createClock } from './clock';
import { controlApi, type Control, type RecordedCall } from './control';
import { familyOf } from './family';
import { strikes } from './faults';
import { createLateWrites } from './late';
import { presentedKey, type Panel, type PanelRequest } from './panel';
import { createStateFile, freshState } from './state';

export interface HiddifySimulatorOptions {
  readonly port: number;
  readonly host: string;
  /** Panel version, which decides the family: 10.80.11 or 12.3.3 (A), 13.0.3 (B), 14.0.5 (C, default). */
  readonly version?: string;
  /** Secret path segment of the admin side. */
  readonly 'admin-path'?: string;
  /** Secret path segment of the subscriptions. */
  readonly 'client-path'?: string;
  /** Uuid of the panel's owner, its API key. */
  readonly 'admin-key'?: string;
  /** Hours east of UTC of the panel's server (default 0): all dates of the API are server-local. */
  readonly 'utc-offset'?: string;
  /** File that keeps users, admins and clock over restarts. */
  readonly state?: string;
  readonly [option: string]: string | number | undefined;
}

export interface HiddifySimulator {
  readonly url: string;
  /** Base of the admin API, without a final slash. */
  readonly adminUrl: string;
  readonly clientUrl: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

export const DEFAULTS = {
  version: '14.0.5',
  adminPath: 'SimAdminPath7f3',
  clientPath: 'SimClientPath9k2',
  adminKey: '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69',
} as const;

/** Calls kept for `/_sim/calls`. */
const CALLS_KEPT = 5_000;

/** Starts a panel. @throws Error for an unknown version or a busy port (`EADDRINUSE`). */
export async function start(options: HiddifySimulatorOptions): Promise<HiddifySimulator> {
  const version = options.version ?? DEFAULTS.version;
  const ownerKey = (options['admin-key'] ?? DEFAULTS.adminKey).toLowerCase();
  const file = createStateFile(options.state);
  const clock = createClock(Number(options['utc-offset'] ?? 0));
  const panel: Panel = {
    version,
    family: familyOf(version),
    major: Number.parseInt(version, 10),
    adminPath: options['admin-path'] ?? DEFAULTS.adminPath,
    clientPath: options['client-path'] ?? DEFAULTS.clientPath,
    clock,
    faults: {},
    state: file.load() ?? freshState(ownerKey),
    changed: () => file.changed(panel.state),
    sessions: new Map(),
  };
  clock.offsetMs = panel.state.clockOffsetMs;
  const calls: RecordedCall[] = [];
  const late = createLateWrites();
  let seq = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing).catch((error: unknown) => {
      if (!outgoing.headersSent) send(outgoing, { status: 500, body: { msg: String(error) } }, incoming.method);
    });
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://panel');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    if (url.pathname.startsWith('/_sim/')) {
      const answer = await controlApi(control, incoming.method ?? 'GET', url.pathname, url.searchParams, body);
      send(outgoing, { ...answer, headers: { 'Access-Control-Allow-Origin': '*' } }, incoming.method);
      return;
    }
    seq += 1;
    const call: RecordedCall = {
      seq,
      at: clock.now().toISOString(),
      method: incoming.method ?? 'GET',
      path: masked(url.pathname),
      status: undefined,
    };
    calls.push(call);
    if (calls.length > CALLS_KEPT) calls.shift();
    // Family A runs in one thread: a request waits for the one before it.
    const work =
      panel.family === 'A' ? turn.then(() => panelAnswer(incoming, url, body)) : panelAnswer(incoming, url, body);
    turn = work.catch(() => undefined);
    const answer = await work;
    call.status = answer === 'reset' ? 'reset' : answer.status;
    if (answer === 'reset') incoming.socket.destroy();
    else send(outgoing, answer, incoming.method);
  }

  async function panelAnswer(incoming: IncomingMessage, url: URL, body: string): Promise<Answer | 'reset'> {
    const { faults } = panel;
    const method = incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET');
    if (faults.down) return 'reset';
    if (faults.latencyMs) await pause(faults.latencyMs);
    if (faults.error502) return HTML_502;
    if (faults.tooManyRequests) return html429(faults.tooManyRequests.retryAfter);
    const header = (name: string): string | undefined => incoming.headers[name] as string | undefined;
    const scheme = header('x-forwarded-proto') ?? 'http';
    const request: PanelRequest = {
      method,
      segments: url.pathname
        .split('/')
        .filter((segment) => segment !== '')
        .slice(1),
      query: url.searchParams,
      body,
      origin: `${scheme}://${header('host') ?? 'localhost'}`,
      header,
    };
    const lateMs = faults.commitsLate?.ms;
    if (method !== 'GET' && request.segments[3] === 'user' && strikes(faults, 'commitsLate', method)) {
      late.add(() => routed(request, url), lateMs);
      return HTML_504;
    }
    let answer: Answer;
    try {
      answer = await routed(request, url);
    } catch (error) {
      if (error instanceof Refusal) answer = refusalAnswer(panel.family, error, header('accept'));
      else if (error instanceof FrameworkError) answer = frameworkAnswer(panel.family, error);
      else throw error;
    }
    const wroteUser = answer.status === 200 && method !== 'GET' && request.segments[3] === 'user';
    if (wroteUser && strikes(faults, 'resetAfterCommit', method)) return 'reset';
    if (wroteUser && strikes(faults, 'error500AfterCommit', method)) {
      answer = frameworkAnswer(panel.family, new FrameworkError(500, "[Errno 2] No such file or directory: 'sudo'"));
    }
    if (wroteUser && strikes(faults, 'error502AfterCommit', method)) return HTML_502;
    if (faults.nonsense && answer.status === 200) {
      answer = {
        status: 200,
        body: faults.nonsense === 'truncated' ? '{"uuid":"5f0c7a52-3d1e' : '{"hello":["world"]}',
        type: 'application/json',
      };
    }
    return withSession(request, answer);
  }

  /** Every answer but a refusal sets a cookie; the cookie of an authenticated call can be sent instead of the key. */
  function withSession(request: PanelRequest, answer: Answer): Answer {
    const headers = { 'X-Robots-Tag': 'noindex, nofollow', ...answer.headers };
    if (answer.status >= 400) return { ...answer, headers };
    const session = randomBytes(16).toString('hex');
    const key = presentedKey(panel, request);
    if (key !== undefined) panel.sessions.set(session, key);
    if (panel.sessions.size > 1_000) panel.sessions.delete(panel.sessions.keys().next().value!);
    const cookie = `session=${session}; Expires=${new Date(Date.now() + 864e6).toUTCString()}; HttpOnly; Path=/; SameSite=Lax`;
    return { ...answer, headers: { 'Set-Cookie': cookie, ...headers } };
  }

  async function routed(request: PanelRequest, url: URL): Promise<Answer> {
    // The panel refuses every client that calls itself a bot, with and without a key.
    if (/bot|crawl|spider|slurp|facebookexternalhit/i.test(request.header('user-agent') ?? ''))
      throw new Refusal(400, 'invalid');
    const secret = url.pathname.split('/')[1] ?? '';
    const side = secret === panel.adminPath ? 'admin' : secret === panel.clientPath ? 'client' : undefined;
    const api = request.segments.join('/');
    const otherSide =
      side === 'admin' ? /(^|\/)api\/v2\/user\//.test(`${api}/`) : /^api\/v2\/(admin|panel)\//.test(`${api}/`);
    if (side === undefined || otherSide) throw new Refusal(400, 'invalid request');
    const known = side === 'admin' ? isAdminRoute(request.segments) : isClientRoute(request.segments);
    if (known && !url.pathname.endsWith('/')) {
      const location = `${request.origin}${url.pathname}/${url.search}`;
      return {
        status: 308,
        type: 'text/html; charset=utf-8',
        body: '<!doctype html><title>Redirecting...</title>',
        headers: { Location: location },
      };
    }
    return side === 'admin' ? adminApi(panel, request) : clientApi(panel, request);
  }

  function masked(path: string): string {
    const segments = path.split('/');
    if (segments[1] === panel.adminPath) segments[1] = '{admin}';
    else if (segments[1] === panel.clientPath) segments[1] = '{client}';
    else if (segments[1] !== undefined && segments[1] !== '') segments[1] = '{unknown}';
    return segments.map((segment) => (segment.toLowerCase() === ownerKey ? '{key}' : segment)).join('/');
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${(server.address() as AddressInfo).port}`;
  const control: Control = {
    panel,
    calls,
    late,
    origin: url,
    ownerKey,
    reset() {
      late.drop();
      for (const name of Object.keys(panel.faults)) delete panel.faults[name as keyof typeof panel.faults];
      panel.state = freshState(ownerKey);
      panel.sessions.clear();
      clock.offsetMs = 0;
      calls.length = 0;
      panel.changed();
    },
  };

  return {
    url,
    adminUrl: `${url}/${panel.adminPath}`,
    clientUrl: `${url}/${panel.clientPath}`,
    apiKey: ownerKey,
    async close() {
      late.drop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      file.flush();
    },
  };
}

function send(outgoing: ServerResponse, answer: Answer, method: string | undefined): void {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  outgoing.writeHead(answer.status, {
    'Content-Type': answer.type ?? 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...answer.headers,
  });
  outgoing.end(method === 'HEAD' ? undefined : body);
}
