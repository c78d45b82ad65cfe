import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { run, which } from './commands.mjs';
import { installSystemPackage } from './packages.mjs';
import { cacheDir } from './paths.mjs';
import { Problem } from './problem.mjs';

const IMAGE = 'redis:7.4-alpine';

/** Makes `docker run` look like the redis-server program: same arguments, same signals, same folder. */
const DOCKER_WRAPPER = `#!/bin/sh
# Runs redis-server from the ${IMAGE} image. Understands the arguments GigaBridge passes: --port, --dir, --bind and settings.
port=6379 dir=$(pwd) rest=""
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift 2 ;;
    --dir) dir=$2; shift 2 ;;
    --bind) shift 2 ;;
    *) rest="$rest '$1'"; shift ;;
  esac
done
eval "set -- $rest"
exec docker run --rm --init --name "gigabridge-redis-$port" -u "$(id -u):$(id -g)" -p "127.0.0.1:$port:6379" -v "$dir:/data" ${IMAGE} redis-server --dir /data --protected-mode no "$@"
`;

const find = () => which('redis-server', 'valkey-server');

/**
 * Finds a Redis server program or obtains one: the system's package manager where the user may use it, else Docker.
 * @param {import('./progress.mjs').Step} step
 * @returns {Promise<string>} path of a program that takes redis-server's arguments
 */
export async function ensureRedisServer(step) {
  const found = find();
  if (found) return found;
  const { reason } = await installSystemPackage(
    { 'apt-get': 'redis-server', dnf: 'valkey', apk: 'redis', brew: 'redis' },
    step,
  );
  const installed = find();
  if (installed) return installed;
  if (which('docker') && (await run('docker', ['info'], { timeoutMs: 10_000 })).code === 0) {
    step.say(`fetching the ${IMAGE} image`);
    const pulled = await run('docker', ['pull', '--quiet', IMAGE], { timeoutMs: 300_000 });
    if (pulled.code === 0) {
      mkdirSync(cacheDir(), { recursive: true });
      const wrapper = path.join(cacheDir(), 'redis-server-in-docker');
      writeFileSync(wrapper, DOCKER_WRAPPER, { mode: 0o755 });
      return wrapper;
    }
  }
  throw new Problem(
    `No Redis was found, it could not be installed (${reason}), and Docker ${which('docker') ? 'is not usable here' : 'is not there either'}.`,
    'install Redis 6.2 or newer (`sudo apt-get install redis-server`, `brew install redis`), or set REDIS_URL to a Redis of yours.',
  );
}

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether a Redis that has loaded its data answers
 */
export function answersPing(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', timeout: 1000 });
    const end = (/** @type {boolean} */ answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(String(data).startsWith('+PONG')));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/**
 * @param {object} options
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {import('./progress.mjs').Step} options.step
 * @param {string} options.program
 * @param {string} options.dataDir
 * @param {number} options.port
 * @param {boolean} [options.throwaway] nothing is written to disk
 * @returns {Promise<{ url: string }>}
 */
export async function startRedis({ supervisor, step, program, dataDir, port, throwaway = false }) {
  mkdirSync(dataDir, { recursive: true });
  step.say(`starting on port ${port}`);
  // As ops/redis/start.sh sets it; the reasons are in src/storage/redis/README.md.
  const memory = { maxmemory: '192mb', 'maxmemory-policy': 'volatile-lru', 'maxmemory-samples': 10 };
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: dataDir,
    save: '',
    appendonly: throwaway ? 'no' : 'yes',
    appendfsync: 'everysec',
    ...memory,
    daemonize: 'no',
  };
  await supervisor.start({
    name: 'redis',
    stage: 1,
    command: program,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    important: (line) => (/# (Fatal|.*FATAL|Can't|Could not)/.test(line) ? line : undefined),
    ready: () => answersPing(port),
  });
  step.say(`on port ${port}`);
  return { url: `redis://127.0.0.1:${port}` };
}
