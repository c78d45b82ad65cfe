import { MINUTE_MS } from '../../domain/duration';
import type { HttpObserver } from '../../gateways/http';
import type { Check } from './findings';

/** Smaller differences are ignored: nothing depends on them, and `Date` counts whole seconds. */
const TOLERATED_MS = 30_000;

export interface ComparedClock {
  /** The observer to give to the HTTP client whose answers are compared. */
  readonly observe: HttpObserver;
  /** The finding about the clocks, after a call; none where they agree or the answer had no date. */
  findings(of: string): Check[];
}

/** Compares this machine's clock with the `Date` of an outside service's answers. */
export function compareClock(): ComparedClock {
  let aheadMs: number | undefined;
  return {
    observe: ({ clockAheadMs }) => void (aheadMs = clockAheadMs ?? aheadMs),
    findings: (of) => clockFindings(aheadMs, of),
  };
}

/** @param aheadMs of this machine's clock; `undefined`: not known */
export function clockFindings(aheadMs: number | undefined, of: string): Check[] {
  if (aheadMs === undefined || Math.abs(aheadMs) <= TOLERATED_MS) return [];
  return [
    {
      verdict: 'bad',
      what: `this machine's clock is ${span(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${of}`,
      next: 'synchronise the clocks (`timedatectl set-ntp true`): how long a link can be paid and a subscription lasts follows them.',
    },
  ];
}

function span(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return minutes < 2 ? `${Math.round(ms / 1_000)} s` : `${minutes} min`;
}
