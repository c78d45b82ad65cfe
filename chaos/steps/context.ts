/** What the people of a run of kills at every step share. */
import type { Chats } from '../buyers/chats';
import type { Tally } from '../buyers/tally';
import type { Environment } from '../environment/environment';
import type { Owner } from '../environment/owner';
import type { JointKills } from './jointKills';

export interface RunContext {
  readonly environment: Environment;
  readonly kills: JointKills;
  readonly chats: Chats;
  readonly stopped: AbortSignal;
  readonly owner: Owner;
  readonly forms: Tally['forms'];
  readonly friends: Tally['friends'];
  readonly gifts: Tally['gifts'];
  readonly stumbled: string[];
}

/**
 * A generous limit that only ends what hangs: a buyer who gives up too early would count as a failure of the shop. It
 * is used twice, for the buyers and until the shop is idle, and both together are shorter than the test's own limit.
 */
export const LIMIT_MS = 700_000;
