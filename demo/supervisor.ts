import type { EventEmitter } from 'node:events';

export interface ProcessState {
  readonly name: string;
  readonly state: 'running' | 'down';
  readonly pid: number | null;
}

/** The line to `scripts/start.mjs`, which runs the shop's processes and starts a killed one again. */
export interface Supervisor {
  /** False when the page was started by hand: a killed process would not be started again. */
  readonly connected: boolean;
  states(): ProcessState[];
  /** @returns false when nobody listens or the process may not be killed from here */
  kill(name: string): boolean;
  onChange(listener: () => void): void;
}

/** Bot and worker only, each perhaps several times: killing the stand-ins would show nothing of the shop. */
const KILLABLE = /^(bot|worker)(-\d+)?$/;

type Channel = Pick<EventEmitter, 'on'> & {
  send?: ((message: object) => unknown) | undefined;
  readonly connected?: boolean;
};

/**
 * @param channel `process`, whose IPC channel carries `{type:'kill', name}` up and `{type:'process', name, state, pid}`
 * down
 */
export function connectSupervisor(channel: Channel): Supervisor {
  const states = new Map<string, ProcessState>();
  const listeners: (() => void)[] = [];
  const changed = (): void => listeners.forEach((listener) => listener());

  channel.on('message', (message: unknown) => {
    const { type, name, state, pid } = (typeof message === 'object' && message !== null ? message : {}) as Record<
      string,
      unknown
    >;
    if (type !== 'process' || typeof name !== 'string' || (state !== 'running' && state !== 'down')) return;
    states.set(name, { name, state, pid: typeof pid === 'number' ? pid : null });
    changed();
  });
  channel.on('disconnect', changed);

  return {
    get connected() {
      return channel.send !== undefined && channel.connected === true;
    },
    states: () => [...states.values()],
    kill(name) {
      if (!this.connected || !KILLABLE.test(name)) return false;
      channel.send?.({ type: 'kill', name });
      return true;
    },
    onChange(listener) {
      listeners.push(listener);
    },
  };
}
