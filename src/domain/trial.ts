import type { PlanGrant } from './grant';

/** The trial's code in the catalogue, and the plan's in its entry of the book of grants; no plan has it. */
export const TRIAL_PLAN = 'trial';

/** What the shop gives new people to try it, as the catalogue says it. */
export interface TrialOffer extends PlanGrant {
  /** At most so many in a day (UTC). */
  readonly perDay: number;
  /** Of them to friends of one person. */
  readonly perReferrerPerDay: number;
  /** What is left of it stays when something is bought for its key; else that begins at once. */
  readonly keep: boolean;
  /** The servers it is given on; `null`: all that are sold from. */
  readonly serverCodes: readonly string[] | null;
  /** The channel of which its people must be members: `@name`, or the id of a private one; `null`: none. */
  readonly channel: string | null;
}

/**
 * Why somebody gets no trial.
 * - `off`: the shop gives none any more
 * - `changed`: it gives something else than they were shown, by now
 * - `not-new`: they have, or had, another subscription
 * - `spent`: all of today's are given
 * - `friends-spent`: all of today's for friends of who invited them are given
 * - `not-member`: it is for members of a channel
 * - `full`, `unavailable`: there is no place, or nothing is sold there
 */
export type TrialRefusal =
  'off' | 'changed' | 'not-new' | 'spent' | 'friends-spent' | 'not-member' | 'full' | 'unavailable';
