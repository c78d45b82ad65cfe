import { spawn } from 'node:child_process';
import { eventually, sleep } from './commands.mjs';
import { startGuard } from './guard.mjs';
import { Problem } from './problem.mjs';
import { eachLine, importantPart, openLog } from './process-log.mjs';

/**
 * @typedef {object} ProcessSpec
 * @property {string} name also the log file's name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} [env] added to ours
 * @property {string} [cwd]
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {number} stage stages are stopped from the highest to the lowest, one after the other
 * @property {(pid: number | undefined) => unknown} [ready] polled until true; without it a started process is ready
 * @property {number} [readyTimeoutMs] default 60 s
 * @property {NodeJS.Signals} [stopSignal] default SIGTERM
 * @property {boolean} [restart] start it again when it ends by itself, after growing pauses; default true
 * @property {(line: string) => string | undefined} [important] what of a line is shown at the terminal; default
 * warnings and errors
 * @property {(message: any) => void} [onMessage] opens an IPC channel
 *
 * @typedef {{ name: string, state: 'running' | 'down', pid: number | undefined }} ProcessState
 *
 * @typedef {object} Managed
 * @property {ProcessSpec} spec
 * @property {import('node:child_process').ChildProcess | undefined} child
 * @property {ReturnType<typeof openLog>} log
 * @property {number} crashes in a row
 * @property {number} startedAt
 * @property {number | undefined} nextPauseMs set by kill(): how long the visitor shall see it down
 * @property {boolean} ready
 */

const COLOURS = ['36', '35', '33', '34', '32', '96', '95', '93', '94', '92'];
const LONGEST_PAUSE_MS = 30_000;
/** A crash after at least this run time counts as the first one again. */
const HEALTHY_MS = 60_000;

/**
 * Starts child processes, keeps them running, and leaves none behind. Each child gets its own process group, so that
 * Ctrl-C in the terminal reaches only us and the order of stopping is ours.
 * @param {{ logsDir: string, print: (line: string) => void, colour?: boolean, restartPauseMs?: number, stopTimeoutMs?:
 * number }} options
 *   `stopTimeoutMs`: how long a process that was asked to stop may take before it is killed
 */
export function createSupervisor({ logsDir, print, colour = false, restartPauseMs = 1000, stopTimeoutMs = 15_000 }) {
  /** @type {Map<string, Managed>} */
  const managed = new Map();
  /** @type {Set<(state: ProcessState) => void>} */
  const listeners = new Set();
  const guard = startGuard(stopTimeoutMs);
  let stopping = false;

  /** @param {Managed} entry @param {'running' | 'down'} state */
  function announce(entry, state) {
    for (const listener of listeners)
      listener({ name: entry.spec.name, state, pid: state === 'running' ? entry.child?.pid : undefined });
  }

  /** @param {string} name @param {string} text */
  function show(name, text) {
    const index = [...managed.keys()].indexOf(name);
    const prefix = `[${name}]`;
    print(`${colour ? `\u001b[${COLOURS[index % COLOURS.length]}m${prefix}\u001b[0m` : prefix} ${text}`);
  }

  /** @param {Managed} entry */
  function launch(entry) {
    const { spec } = entry;
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      uid: spec.uid,
      gid: spec.gid,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(spec.onMessage ? /** @type {const} */ (['ipc']) : [])],
    });
    entry.child = child;
    entry.startedAt = Date.now();
    entry.nextPauseMs = undefined;
    const onLine = (/** @type {string} */ line) => {
      entry.log.write(line);
      const text = (spec.important ?? importantPart)(line);
      if (text !== undefined && !stopping) show(spec.name, text);
    };
    eachLine(child.stdout, onLine);
    eachLine(child.stderr, onLine);
    if (spec.onMessage) child.on('message', spec.onMessage);
    child.on('error', (error) => {
      entry.log.write(`could not start: ${error.message}`);
      if (child.pid === undefined) onExit(entry, child, null, null);
    });
    child.on('exit', (code, signal) => onExit(entry, child, code, signal));
    if (child.pid !== undefined) {
      guard.add(child.pid);
      announce(entry, 'running');
    }
  }

  /**
   * @param {Managed} entry
   * @param {import('node:child_process').ChildProcess} child
   * @param {number | null} code
   * @param {NodeJS.Signals | null} signal
   */
  function onExit(entry, child, code, signal) {
    if (child.pid !== undefined) {
      killGroup(child.pid);
      guard.remove(child.pid);
    }
    if (entry.child !== child) return;
    entry.child = undefined;
    announce(entry, 'down');
    // A process that never got ready is not started again: `start` fails with the log's last lines.
    if (stopping || !entry.ready || entry.spec.restart === false) return;
    entry.crashes = Date.now() - entry.startedAt > HEALTHY_MS ? 0 : entry.crashes + 1;
    const pause = entry.nextPauseMs ?? Math.min(LONGEST_PAUSE_MS, restartPauseMs * 2 ** Math.max(0, entry.crashes - 1));
    if (entry.nextPauseMs !== undefined) entry.crashes = 0;
    show(
      entry.spec.name,
      `ended (${signal ?? `code ${code}`}); starting it again in ${Math.round(pause / 100) / 10} s`,
    );
    setTimeout(() => {
      if (!stopping && !entry.child) launch(entry);
    }, pause).unref();
  }

  return {
    guardPid: guard.pid,

    /**
     * Starts a process and waits until it is ready.
     * @param {ProcessSpec} spec
     * @returns {Promise<void>}
     * @throws {Problem} when it ends before it is ready, or isn't ready in time
     */
    async start(spec) {
      if (stopping) throw new Problem(`${spec.name} was not started: everything is being stopped.`);
      /** @type {Managed} */
      const entry = {
        spec,
        child: undefined,
        log: openLog(logsDir, spec.name),
        crashes: 0,
        startedAt: 0,
        nextPauseMs: undefined,
        ready: false,
      };
      managed.set(spec.name, entry);
      launch(entry);
      const timeoutMs = spec.readyTimeoutMs ?? 60_000;
      let ended = false;
      const inTime = await eventually(
        async () => {
          ended = !entry.child;
          return ended || stopping || !spec.ready || (await spec.ready(entry.child?.pid));
        },
        { timeoutMs, everyMs: 100 },
      );
      if (stopping) throw new Problem(`${spec.name} was stopped before it was ready.`);
      if (ended || !inTime) {
        await sleep(50); // The last lines may still be in the pipe.
        const tail = entry.log.tail().join('\n    ');
        throw new Problem(
          `${spec.name} ${ended ? 'ended right after its start' : `was not ready after ${Math.round(timeoutMs / 1000)} s`}. Its last lines:\n    ${tail || '(none)'}`,
          `the whole log is in ${entry.log.file}.`,
        );
      }
      entry.ready = true;
    },

    /**
     * Kills a process the hard way, as a crash would; it is started again after `pauseMs`.
     * @param {string} name
     * @param {number} [pauseMs]
     * @returns {boolean} false when there is no such running process
     */
    kill(name, pauseMs = 5000) {
      const entry = managed.get(name);
      if (!entry?.child?.pid) return false;
      entry.nextPauseMs = pauseMs;
      killGroup(entry.child.pid);
      return true;
    },

    /** @param {string} name @param {unknown} message sent over the IPC channel of a process that has one */
    send(name, message) {
      const child = managed.get(name)?.child;
      if (child?.connected) child.send(/** @type {any} */ (message), () => {});
    },

    /** @returns {ProcessState[]} */
    states: () =>
      [...managed.values()].map(({ spec, child }) => ({
        name: spec.name,
        state: child ? 'running' : 'down',
        pid: child?.pid,
      })),

    /** @param {(state: ProcessState) => void} listener */
    onState(listener) {
      listeners.add(listener);
    },

    /** Stops everything, the stage started last first. Safe to call more than once. */
    async stopAll() {
      stopping = true;
      const stages = [...new Set([...managed.values()].map(({ spec }) => spec.stage))].sort((a, b) => b - a);
      for (const stage of stages) {
        await Promise.all(
          [...managed.values()]
            .filter(({ spec }) => spec.stage === stage)
            .map((entry) => stopOne(entry, stopTimeoutMs)),
        );
      }
      guard.close();
    },

    /** Kills everything at once. */
    killAll() {
      stopping = true;
      for (const { child } of managed.values()) if (child?.pid) killGroup(child.pid);
      guard.close();
    },
  };
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}

/** @param {Managed} entry @param {number} stopTimeoutMs */
async function stopOne(entry, stopTimeoutMs) {
  const { child, spec } = entry;
  if (child?.pid) {
    child.kill(spec.stopSignal ?? 'SIGTERM');
    const ended = await eventually(() => child.exitCode !== null || child.signalCode !== null, {
      timeoutMs: stopTimeoutMs,
      everyMs: 20,
    });
    if (!ended) {
      killGroup(child.pid);
      await eventually(() => child.exitCode !== null || child.signalCode !== null, { timeoutMs: 5000, everyMs: 20 });
    }
  }
  entry.log.close();
}

/** @typedef {ReturnType<typeof createSupervisor>} Supervisor */
