/**
 * Holds processes to a share of one core each: `throttle.ts SHARE PID...`. They are stopped and continued by turns, 50
 * times a second and not all at the same moment, as a CPU quota does. The benches' own machine is then not the limit,
 * and neither are root's rights.
 */
const PERIOD_MS = 20;
const [share, ...pids] = process.argv.slice(2).map(Number);
const sleeping = new Int32Array(new SharedArrayBuffer(4));
const until = (at: number): void => {
  const ms = at - performance.now();
  if (ms > 0) Atomics.wait(sleeping, 0, 0, ms);
};
const tell = (pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
};
process.on('SIGTERM', () => undefined);
// Processes must not stay stopped when this one ends.
process.on('exit', () => pids.forEach((pid) => tell(pid, 'SIGCONT')));

for (const pid of pids) tell(pid, 'SIGSTOP');
console.log('holding');
const parent = process.ppid;
for (let period = performance.now(); process.ppid === parent; period += PERIOD_MS) {
  for (const [index, pid] of pids.entries()) {
    until(period + (index * PERIOD_MS) / pids.length);
    tell(pid, 'SIGCONT');
    until(period + (index * PERIOD_MS) / pids.length + PERIOD_MS * share!);
    tell(pid, 'SIGSTOP');
  }
}
