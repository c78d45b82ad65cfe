import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlFailure } from './failure';
import type { Faults } from './faults';
import type { People } from './people';
import type { TelegramSim } from './sim';
import type { Channel } from './state';
import { pay, type PayOptions } from './stars/payments';
import { starsControl } from './stars/control';
import { transcript, viewChat } from './views';
import { waitFor } from './waiting';
import { readBody, sendJson } from './wire';

/** One Bot API call as `GET /_sim/calls` lists it; the token is cut out of the path. */
export interface CallRecord {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly chatId?: string;
  /** 0: the connection was reset instead of an answer. */
  status: number;
}

interface ControlPort {
  readonly sim: TelegramSim;
  readonly people: People;
  calls(): CallRecord[];
  faultsChanged(): void;
  reset(): void;
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, OPTIONS',
  'access-control-allow-headers': 'content-type',
};
const HEARTBEAT_MS = 15_000;

/** The `/_sim/` endpoints: what persons do in their chats, and the fault switches. */
export function controlHandler(
  port: ControlPort,
): (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<void> {
  const { sim, people } = port;

  async function json<T>(req: IncomingMessage): Promise<T> {
    const text = (await readBody(req)).toString('utf8');
    if (text === '') return {} as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new ControlFailure(400, 'the body is not JSON');
    }
  }

  async function user(req: IncomingMessage, id: string, action: string, res: ServerResponse): Promise<unknown> {
    switch (`${req.method} ${action}`) {
      case 'POST start':
        return people.start(id, await json(req));
      case 'POST send':
        return people.send(id, String((await json<{ text?: string }>(req)).text ?? ''));
      case 'POST click':
        return people.click(id, await json(req));
      case 'POST photo':
        return people.photo(id, await json(req));
      case 'POST contact':
        return people.contact(id, await json(req));
      case 'POST pay':
        return pay(sim, people.writable(id), await json<PayOptions>(req));
      case 'POST block':
        return (people.setBlocked(id, true), { ok: true });
      case 'POST unblock':
        return (people.setBlocked(id, false), { ok: true });
      case 'POST deactivate':
        return (people.deactivate(id), { ok: true });
      case 'POST wait':
        return waitFor(sim, id, await json(req), res);
      case 'GET chat':
        return viewChat(people.chat(id));
      default:
        throw new ControlFailure(404, `no ${req.method} ${action}`);
    }
  }

  function events(url: URL, res: ServerResponse): void {
    const only = url.searchParams.get('user');
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...CORS });
    res.write(': open\n\n');
    const stop = sim.events.listen((event) => {
      if (only === null || event.userId === 0 || String(event.userId) === only)
        res.write(`event: chat\ndata: ${JSON.stringify(event)}\n\n`);
    });
    const heartbeat = setInterval(() => res.write(': \n\n'), HEARTBEAT_MS);
    res.on('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  }

  function file(key: string, res: ServerResponse): void {
    const stored = sim.state.files[key];
    if (!stored) throw new ControlFailure(404, 'no such file');
    // An upload may claim to be HTML: only pictures are shown, the rest is downloaded.
    const isPicture = stored.path.startsWith('photos/');
    const type = !isPicture ? 'application/octet-stream' : /\.jpe?g$/i.test(stored.path) ? 'image/jpeg' : 'image/png';
    res.writeHead(200, {
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'cache-control': 'max-age=86400',
      ...CORS,
    });
    res.end(Buffer.from(stored.base64, 'base64'));
  }

  async function route(req: IncomingMessage, res: ServerResponse, url: URL): Promise<unknown> {
    const [, , area = '', id = '', action = ''] = url.pathname.split('/');
    if (area === 'users' && id !== '' && action === 'chat.txt') {
      res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', ...CORS });
      return void res.end(transcript(people.chat(id)));
    }
    if (area === 'users' && action !== '') return user(req, id, action, res);
    if (area === 'stars') return starsControl(sim, `${req.method} ${url.pathname}`, await json(req));
    switch (`${req.method} ${area}`) {
      case 'GET health':
        return { ok: true };
      case 'POST reset':
        return (port.reset(), { ok: true });
      case 'GET faults':
        return sim.faults.current;
      case 'PUT faults': {
        const faults = sim.faults.patch(await json<Faults>(req));
        port.faultsChanged();
        return faults;
      }
      case 'GET clock':
        return viewClock(sim);
      case 'PUT clock': {
        const { offsetMs } = await json<{ offsetMs?: unknown }>(req);
        if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs))
          throw new ControlFailure(400, 'offsetMs: a number of milliseconds is expected');
        sim.state.offsetMs = offsetMs;
        sim.clock.setOffset(offsetMs);
        sim.changed();
        return viewClock(sim);
      }
      case 'PUT channels': {
        sim.state.channels = { ...sim.state.channels, [decodeURIComponent(id)]: await json<Channel>(req) };
        sim.changed();
        return sim.state.channels;
      }
      case 'GET calls':
        return port.calls().filter((call) => call.seq > Number(url.searchParams.get('since') ?? 0));
      case 'GET users':
        return Object.values(sim.state.chats).map((chat) => viewChat(chat).user);
      case 'GET bot':
        return viewBot(sim);
      case 'GET events':
        return events(url, res);
      case 'GET files':
        return file(id, res);
      default:
        throw new ControlFailure(404, `no ${req.method} ${url.pathname}`);
    }
  }

  return async (req, res, url) => {
    try {
      if (req.method === 'OPTIONS') return void res.writeHead(204, CORS).end();
      const result = await route(req, res, url);
      if (result !== undefined) sendJson(res, 200, result, CORS);
    } catch (error) {
      if (error instanceof ControlFailure) return sendJson(res, error.status, { error: error.message }, CORS);
      throw error;
    }
  };
}

function viewClock({ clock }: TelegramSim) {
  return { offsetMs: clock.offsetMs, now: new Date(clock.now()).toISOString() };
}

function viewBot({ me, state, queue }: TelegramSim) {
  const { commands, descriptions, menuButtons, webhook } = state;
  return {
    me,
    commands,
    texts: descriptions,
    menuButtons,
    webhookUrl: webhook?.url ?? null,
    pendingUpdates: queue.pending().length,
  };
}
