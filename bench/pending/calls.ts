/** When each payment was polled, as YooKassa's stand-in saw it, so that every kind of delay is included. */
import { control } from '../lib/shop';

interface Call {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
}

/** Collects the calls while they come: the stand-in keeps only the latest 20,000. */
export function followPolls(yookassaUrl: string) {
  const polls = new Map<string, number[]>();
  let seen = 0;
  const collect = async (): Promise<void> => {
    for (const { seq, at, method, path } of await control<Call[]>(`${yookassaUrl}/_sim/calls?since=${seen}`)) {
      seen = Math.max(seen, seq);
      const id = method === 'GET' ? /^\/payments\/([\w-]+)$/.exec(path)?.[1] : undefined;
      if (id) polls.set(id, [...(polls.get(id) ?? []), Date.parse(at)]);
    }
  };
  return {
    collect,
    /** The polls of one payment that came between two instants, in order. */
    between: (id: string, from: number, to: number) => (polls.get(id) ?? []).filter((at) => at >= from && at < to),
  };
}

export type Polls = ReturnType<typeof followPolls>;

/**
 * How late each poll came on a grid of `intervalMs` that goes through `gridAt`. A timer may fire a few ms early; such a
 * poll counts as on time.
 */
export function latenessOnGrid(polls: readonly number[], gridAt: number, intervalMs: number): number[] {
  const early = 50;
  return polls.map((at) => Math.max(0, ((((at - gridAt + early) % intervalMs) + intervalMs) % intervalMs) - early));
}

/** How much longer than the interval the pauses between polls were. */
export function latenessOfPauses(polls: readonly number[], intervalMs: number): number[] {
  return polls.slice(1).map((at, index) => Math.max(0, at - polls[index]! - intervalMs));
}
