/**
 * An hour of retries passes in two seconds; what waits for a panel that is away for days asks it four times a second.
 */
import { shorterTimeouts } from '../support/shorterTimeouts';

export const interceptors = shorterTimeouts({
  divideBy: 1_800,
  startToCloseMs: 15_000,
  heartbeatMs: 8_000,
  leastPauseMs: 250,
});
