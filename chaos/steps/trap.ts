import type { Reader, Wire } from '../wire/link';
import type { Link } from '../wire/link';
import type { Moment, Step } from './steps';

export interface TrapOptions {
  readonly step: Step;
  readonly moment: Moment;
  /** Strings of which one must be in what is asked, so that one buyer's step is met; absent: anybody's. */
  readonly of?: () => readonly string[];
  /** Kills the process at this end of the wire. Called once, at the very moment. */
  readonly spring: (link: Link) => void;
}

type State = 'asked' | 'transaction' | undefined;

/**
 * Waits on the wire for a step. `before`: the request is kept from arriving, so the effect does not happen. `after`: it arrives,
 * the answer comes back, which proves the effect, and is kept from the process. In both cases the process dies at that moment.
 */
export class Trap implements Reader {
  sprung = false;
  readonly #states = new WeakMap<Wire, State>();

  constructor(private readonly options: TrapOptions) {}

  request(wire: Wire, text: string): 'pass' | 'hold' {
    if (this.sprung) return 'pass';
    const { step, moment } = this.options;
    const state = this.#states.get(wire);
    if (state === 'transaction') {
      if (text.includes('ROLLBACK')) this.#states.delete(wire);
      if (!text.includes('COMMIT')) return 'pass';
      return moment === 'before' ? this.#spring(wire) : this.#await(wire);
    }
    if (state === 'asked' || !step.asks.test(wire.asked)) return 'pass';
    const names = this.options.of?.();
    if (names !== undefined && !names.some((name) => wire.asked.includes(name))) return 'pass';
    if (step.commits) {
      this.#states.set(wire, 'transaction');
      return 'pass';
    }
    return moment === 'before' ? this.#spring(wire) : this.#await(wire);
  }

  answer(wire: Wire): 'pass' | 'hold' {
    if (this.sprung || this.#states.get(wire) !== 'asked') return 'pass';
    return this.#spring(wire);
  }

  #await(wire: Wire): 'pass' {
    this.#states.set(wire, 'asked');
    return 'pass';
  }

  #spring(wire: Wire): 'hold' {
    this.sprung = true;
    this.options.spring(wire.link);
    return 'hold';
  }
}
