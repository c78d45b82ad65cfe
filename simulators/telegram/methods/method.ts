import type { Params } from '../params';
import type { TelegramSim } from '../sim';

/** One Bot API method: its `result`, or an ApiFailure. */
export type Method = (sim: TelegramSim, params: Params) => unknown;

/** A result with a `description`, such as that of setWebhook. */
export class Described {
  constructor(
    readonly result: unknown,
    readonly description: string,
  ) {}
}
