import type { Params } from '../params';
import type { TelegramSim } from '../sim';

/** One Bot API method: its `result`, or an ApiFailure. */
export type Method = (sim: TelegramSim, params: Params) => unknown;

/** A result that comes with a sentence beside it, as setWebhook's does. */
export class Described {
  constructor(
    readonly result: unknown,
    readonly description: string,
  ) {}
}
