/** An hour of retries passes in two seconds. */
import { shorterTimeouts } from '../support/shorterTimeouts';

export const interceptors = shorterTimeouts({ divideBy: 1_800, startToCloseMs: 15_000, heartbeatMs: 8_000 });
