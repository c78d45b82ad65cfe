import type { Link, Reader, Verdict, Wire } from '../wire/link';
import type { Moment, Step } from './steps';

export interface TrapOptions {
  readonly step: Step;
  readonly moment: Moment;
  /** The request must contain one of these strings, which belong to one buyer; absent: any buyer's request matches. */
  readonly of?: () => readonly string[];
  /** Kills the process at this end of the wire. Called once, when the step is reached. */
  readonly spring: (link: Link, wire: Wire) => void;
}

interface State {
  /** A transaction of PostgreSQL is open on this wire. */
  inTransaction: boolean;
  /** The step was met in that transaction: its effect is the commit. */
  met: boolean;
  /** The effect has been asked for; the next answer proves it. */
  asked: boolean;
}

/**
 * Waits on the wire for a step. `before`: the request is kept from arriving, so the effect does not happen. `after`: it
 * arrives, the answer comes back, which proves the effect, and is kept from the process. In both cases nothing
 * more comes from the process for that step; it dies within seconds, as `jointKills.ts` says.
 */
export class Trap implements Reader {
  sprung = false;
  readonly #states = new WeakMap<Wire, State>();

  constructor(private readonly options: TrapOptions) {}

  request(wire: Wire, text: string): Verdict {
    if (this.sprung) return 'pass';
    const state = this.#of(wire);
    if (wire.link.dependency === 'postgres' && text.includes('BEGIN')) state.inTransaction = true;
    const commits = text.includes('COMMIT');
    if (commits || text.includes('ROLLBACK')) state.inTransaction = false;
    if (state.met) {
      if (state.inTransaction) return 'pass';
      state.met = false;
      return commits ? this.#reach(wire, state) : 'pass';
    }
    if (state.asked || !this.#isIt(wire)) return 'pass';
    if (!state.inTransaction) return this.#reach(wire, state);
    state.met = true;
    return 'pass';
  }

  answer(wire: Wire): Verdict {
    return this.sprung || !this.#of(wire).asked ? 'pass' : this.#spring(wire);
  }

  #of(wire: Wire): State {
    let state = this.#states.get(wire);
    if (!state) this.#states.set(wire, (state = { inTransaction: false, met: false, asked: false }));
    return state;
  }

  #isIt({ asked }: Wire): boolean {
    const names = this.options.of?.();
    return this.options.step.asks.test(asked) && (names === undefined || names.some((name) => asked.includes(name)));
  }

  #reach(wire: Wire, state: State): Verdict {
    if (this.options.moment === 'before') return this.#spring(wire);
    state.asked = true;
    return 'pass';
  }

  #spring(wire: Wire): Verdict {
    this.sprung = true;
    this.options.spring(wire.link, wire);
    return 'hold';
  }
}
