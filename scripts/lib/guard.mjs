import { spawn } from 'node:child_process';

/**
 * Reads "+ pid" and "- pid" lines; when its input ends, we are gone, however that happened (kill -9 included), and
 * whatever is still in the list is stopped: first asked, then, after $1 tenths of a second, killed with its whole
 * process group.
 */
const SCRIPT = `
pids=""
while read -r op pid; do
  case $op in
    +) pids="$pids $pid" ;;
    -) rest=""; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
  esac
done
[ -z "$pids" ] && exit 0
for p in $pids; do kill -TERM "$p" 2>/dev/null; done
tries=0
while [ $tries -lt $1 ]; do
  alive=""
  for p in $pids; do kill -0 "$p" 2>/dev/null && alive="$alive $p"; done
  [ -z "$alive" ] && break
  sleep 0.1
  tries=$((tries + 1))
done
# Not "kill -KILL -- -pid": dash's kill knows no "--".
for p in $pids; do kill -KILL "-$p" 2>/dev/null; done
exit 0
`;

/**
 * A tiny shell process that outlives us by as long as it takes to stop our children: without it a killed
 * `npm start` would leave a database and two servers running for ever.
 * @param {number} stopTimeoutMs how long a process that was asked to stop may take
 * @returns {{ pid: number | undefined, add(pid: number): void, remove(pid: number): void, close(): void }}
 */
export function startGuard(stopTimeoutMs) {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'gigabridge-guard', String(Math.ceil(stopTimeoutMs / 100))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  /** @type {any} */ (guard.stdin).unref?.();
  const write = (/** @type {string} */ line) => {
    if (guard.stdin.writable) guard.stdin.write(`${line}\n`);
  };
  return {
    pid: guard.pid,
    add: (pid) => write(`+ ${pid}`),
    remove: (pid) => write(`- ${pid}`),
    close: () => guard.stdin.end(),
  };
}
