/** Shortens timeouts so that another process repeats the steps of a killed one within seconds. */
import { shorterTimeouts } from '../../test/support/shorterTimeouts';

export const interceptors = shorterTimeouts({
  divideBy: 4,
  startToCloseMs: 10_000,
  heartbeatMs: 8_000,
  mostPauseMs: 10_000,
});
