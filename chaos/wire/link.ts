/**
 * A TCP proxy between one of our processes and a service that it depends on: it can cut, slow, stall and read the
 * connections.
 */
import net from 'node:net';
import { once } from 'node:events';

/** One connection through a link. */
export interface Wire {
  readonly link: Link;
  /** The bytes sent since the last answer, as Latin-1; kept only while a reader is attached. */
  asked: string;
}

/** `hold` keeps the bytes from arriving, and the connection is useless from then on; `cut` breaks it as well. */
export type Verdict = 'pass' | 'hold' | 'cut';

/** Sees the traffic of a link and decides what passes. */
export interface Reader {
  request(wire: Wire, text: string): Verdict;
  answer(wire: Wire): Verdict;
}

export interface LinkOptions {
  /** `worker-1 → postgres`. */
  readonly name: string;
  /** The process at this end, where there is only one. */
  readonly owner?: string;
  readonly dependency: string;
  /** Ports at the other end: the first that answers, beginning with another one each time. */
  readonly targets: readonly number[];
}

const HOST = '127.0.0.1';

/** SQL by the name under which a client of ours has prepared it; the names are hashes of the SQL (`prepared`). */
const statements = new Map<string, string>();

/** A statement is prepared once for each connection, whoever reads the wire then. */
function noteStatements(sent: string): void {
  for (const [, name, sql] of sent.matchAll(/([0-9a-f]{16})\0([^\0]+)\0/g)) statements.set(name!, sql!);
}

/** Puts the SQL of prepared statements beside the names by which they go after that. */
function withStatements(sent: string): string {
  return sent.replace(/([0-9a-f]{16})\0(?=\0)/g, (all, name: string) => `${all}${statements.get(name) ?? ''}`);
}

/** A request with a picture in it is some tens of KB. */
const KEPT_CHARACTERS = 64_000;

interface Half {
  readonly from: net.Socket;
  readonly to: net.Socket;
  readonly queue: { readonly due: number; readonly bytes: Buffer }[];
  timer: NodeJS.Timeout | undefined;
}

interface Open extends Wire {
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly halves: readonly Half[];
}

export class Link {
  readonly name: string;
  readonly owner: string | undefined;
  readonly dependency: string;
  port = 0;
  readonly #targets: readonly number[];
  readonly #server = net.createServer((client) => void this.#accept(client));
  readonly #open = new Set<Open>();
  readonly #readers = new Set<Reader>();
  #turn = 0;
  #delayMs = 0;
  #stalled = false;
  #refuses = false;

  constructor({ name, owner, dependency, targets }: LinkOptions) {
    this.name = name;
    this.owner = owner;
    this.dependency = dependency;
    this.#targets = targets;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, HOST);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as net.AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  /** Breaks every connection there is. @returns how many */
  cut(): number {
    const count = this.#open.size;
    for (const one of this.#open) this.#break(one);
    return count;
  }

  /** Every packet takes this much longer, in both directions. */
  set delayMs(ms: number) {
    this.#delayMs = ms;
  }

  /** Nothing is delivered and neither side gets an error. When this ends, the open connections are cut. */
  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    if (!stalled) this.cut();
  }

  /** New connections are reset, old ones too. */
  set refuses(refuses: boolean) {
    this.#refuses = refuses;
    if (refuses) this.cut();
  }

  read(reader: Reader): void {
    this.#readers.add(reader);
  }

  unread(reader: Reader): void {
    this.#readers.delete(reader);
  }

  async #accept(client: net.Socket): Promise<void> {
    client.on('error', () => undefined);
    if (this.#refuses) return void client.destroy();
    client.pause();
    const server = await this.#connect();
    if (!server || client.destroyed) {
      server?.destroy();
      return void client.destroy();
    }
    client.setNoDelay(true);
    server.setNoDelay(true);
    const half = (from: net.Socket, to: net.Socket): Half => ({ from, to, queue: [], timer: undefined });
    const open: Open = { link: this, asked: '', client, server, halves: [half(client, server), half(server, client)] };
    this.#open.add(open);
    for (const one of open.halves) {
      one.from.on('data', (bytes: Buffer) => this.#pass(open, one, bytes));
      one.from.on('error', () => undefined);
      one.from.on('close', () => this.#break(open));
    }
    client.resume();
  }

  async #connect(): Promise<net.Socket | undefined> {
    this.#turn += 1;
    for (let at = 0; at < this.#targets.length; at += 1) {
      const socket = net.connect({ host: HOST, port: this.#targets[(this.#turn + at) % this.#targets.length]! });
      socket.on('error', () => undefined);
      const reached = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (reached) return socket;
    }
    return undefined;
  }

  #pass(open: Open, half: Half, bytes: Buffer): void {
    if (this.dependency === 'postgres' && half.from === open.client) noteStatements(bytes.toString('latin1'));
    if (this.#readers.size > 0) {
      const verdict = this.#verdict(open, half, bytes);
      if (verdict === 'cut') this.#break(open);
      if (verdict !== 'pass') return;
    }
    if (half.queue.length === 0 && this.#delayMs === 0 && !this.#stalled) {
      if (!half.to.write(bytes)) {
        half.from.pause();
        half.to.once('drain', () => half.from.resume());
      }
      return;
    }
    const last = half.queue.at(-1)?.due ?? 0;
    half.queue.push({ due: Math.max(last, performance.now() + this.#delayMs), bytes });
    half.timer ??= setTimeout(() => this.#drain(half), Math.max(1, this.#delayMs));
  }

  #drain(half: Half): void {
    half.timer = undefined;
    while (!this.#stalled && half.queue[0] && half.queue[0].due <= performance.now())
      half.to.write(half.queue.shift()!.bytes);
    // A stalled connection is checked again soon. It is cut when the stall ends.
    if (half.queue[0])
      half.timer = setTimeout(
        () => this.#drain(half),
        this.#stalled ? 100 : Math.max(1, half.queue[0].due - performance.now()),
      );
  }

  #verdict(open: Open, half: Half, bytes: Buffer): Verdict {
    const isRequest = half.from === open.client;
    const sent = isRequest ? bytes.toString('latin1') : '';
    const text = this.dependency === 'postgres' ? withStatements(sent) : sent;
    if (isRequest) open.asked = (open.asked + text).slice(-KEPT_CHARACTERS);
    let worst: Verdict = 'pass';
    for (const reader of this.#readers) {
      const verdict = isRequest ? reader.request(open, text) : reader.answer(open);
      if (verdict === 'cut' || worst === 'pass') worst = verdict;
    }
    if (!isRequest) open.asked = '';
    return worst;
  }

  #break(open: Open): void {
    if (!this.#open.delete(open)) return;
    for (const { timer } of open.halves) clearTimeout(timer);
    open.client.destroy();
    open.server.destroy();
  }
}
