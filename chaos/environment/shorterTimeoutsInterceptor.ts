/** The steps of a killed process are taken up after seconds. */
import { shorterTimeouts } from '../../test/support/shorterTimeouts';

export const interceptors = shorterTimeouts({
  divideBy: 4,
  startToCloseMs: 10_000,
  heartbeatMs: 8_000,
  mostPauseMs: 10_000,
});
