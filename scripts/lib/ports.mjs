import net from 'node:net';
import { Problem } from './problem.mjs';

/** The usual ports. A busy one is replaced by another, and the port that is used is printed. */
export const PREFERRED = {
  demo: 3000,
  http: 8080,
  workerHttp: 8081,
  temporal: 7233,
  temporalUi: 8233,
  postgres: 5433,
  redis: 6380,
  telegram: 9101,
  yookassa: 9102,
  hiddify: 9103,
  hiddify2: 9104,
};

/** Handed out in this process already; two steps that run at once must not get the same one. */
const taken = new Set();
/** @type {(readonly [number, number])[]} */
const moved = [];

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number | undefined>} undefined when it is busy
 */
function tryListen(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** @param {number} port */
async function isFree(port) {
  if (taken.has(port)) return false;
  // A server on all interfaces doesn't stop a bind to 127.0.0.1 everywhere (macOS), so both are tried.
  return (await tryListen(port, '127.0.0.1')) !== undefined && (await tryListen(port, '0.0.0.0')) !== undefined;
}

/**
 * @param {number} [preferred] tried first, then the 20 after it, then any
 * @returns {Promise<number>} a port free on this machine
 */
export async function freePort(preferred) {
  for (let port = preferred ?? 0; preferred !== undefined && port <= preferred + 20; port += 1) {
    if (await isFree(port)) {
      taken.add(port);
      if (preferred !== undefined && port !== preferred) moved.push([preferred, port]);
      return port;
    }
  }
  for (;;) {
    // Below the range the system takes for outgoing connections: a port from there may be gone before its server has
    // started.
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) {
      taken.add(port);
      if (preferred !== undefined) moved.push([preferred, port]);
      return port;
    }
  }
}

/**
 * The port of a real shop's bot. It is never another one than the owner's proxy sends to.
 * @param {string | undefined} given HTTP_PORT; absent, the usual one
 * @throws {Problem} when it is taken
 */
export async function portOfShop(given) {
  const port = given ? Number(given) : PREFERRED.http;
  if (await isFree(port)) {
    taken.add(port);
    return port;
  }
  throw new Problem(
    `Port ${port}, on which the bot is to listen, is in use by another program.`,
    `end that program (\`ss -ltnp 'sport = :${port}'\` names it), or set HTTP_PORT to a free port here and in your TLS proxy.`,
  );
}

/**
 * Ports that this run had to choose instead of the usual ones: `[usual, chosen]`.
 * @returns {(readonly [number, number])[]}
 */
export const movedPorts = () => moved;

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<boolean>} whether somebody answers there
 */
export function canConnect(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host, timeout: 1000 });
    const end = (/** @type {boolean} */ answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
