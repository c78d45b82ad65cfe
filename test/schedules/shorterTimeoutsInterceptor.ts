/** A killed worker is noticed within seconds. */
import { shorterTimeouts } from '../support/shorterTimeouts';

export const interceptors = shorterTimeouts({ divideBy: 1, startToCloseMs: 15_000, heartbeatMs: 10_000 });
