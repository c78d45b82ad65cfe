import { HOUR_MS, MINUTE_MS } from '../domain/duration';

const FIRST_QUIET_MS = 2 * MINUTE_MS;
const LONGEST_QUIET_MS = HOUR_MS;

/**
 * For how long after each message of what is wrong with a panel nothing else is told of it: one that is being set up
 * again fails in many ways one after the other. It doubles from message to message, so that a day has some thirty
 * messages at most.
 * @param lastMs how long the last one was, of a workflow that goes on in a new run
 */
export function createQuiet(lastMs = FIRST_QUIET_MS / 2) {
  let forMs = lastMs;
  return {
    /** How long the last one was; ms. */
    forMs: () => forMs,
    /** Something was told. @returns until when nothing else is, epoch ms */
    next(): number {
      forMs = Math.min(LONGEST_QUIET_MS, forMs * 2);
      return Date.now() + forMs;
    },
  };
}
