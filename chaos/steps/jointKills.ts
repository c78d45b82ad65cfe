import type { Supervisor } from '../environment/tools';

/** How long a killed process stays away. */
const DOWN_MS = 200;
/**
 * How long after the request a process is killed. Its step is held on the wire all that time. One kill serves all traps
 * that spring in the same process meanwhile: a restart costs seconds of processor time, and one kill for each step
 * would make 60 of them.
 */
const GATHER_MS = 4_000;

/** Kills processes: one kill for everything that asks for it within a moment. */
export class JointKills {
  /** Kills so far. */
  count = 0;
  readonly #asked = new Map<string, ((killed: boolean) => void)[]>();

  constructor(private readonly supervisor: Pick<Supervisor, 'kill'>) {}

  /** @param then called when it is done; false: the process was down already */
  request(name: string, then: (killed: boolean) => void): void {
    const others = this.#asked.get(name);
    if (others) return void others.push(then);
    const asked = [then];
    this.#asked.set(name, asked);
    setTimeout(() => {
      this.#asked.delete(name);
      const killed = this.supervisor.kill(name, DOWN_MS);
      if (killed) this.count += 1;
      for (const one of asked) one(killed);
    }, GATHER_MS);
  }
}
