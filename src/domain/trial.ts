import type { Plan } from './catalogue';
import { grantOf, type PlanGrant } from './grant';

/** The trial's code in the catalogue, and the plan's in its entry of the book of grants; no plan has it. */
export const TRIAL_PLAN = 'trial';

/** Its name in orders and receipts. */
export const TRIAL_NAME = { ru: 'Пробный период', en: 'Trial' } as const;

/** What the shop gives new people to try it, as the catalogue says it. */
export interface TrialOffer extends PlanGrant {
  /** At most so many in a day (UTC). */
  readonly perDay: number;
  /** Of them to friends of one person. */
  readonly perReferrerPerDay: number;
  /** What is left of it stays when something is bought for its key; else that begins at once. */
  readonly keep: boolean;
  /** What it costs: an order like any other; `null`: nothing, and the worker gives it. */
  readonly priceKopecks: number | null;
  /** The servers it is given on; `null`: all that are sold from. */
  readonly serverCodes: readonly string[] | null;
  /** The channel of which its people must be members: `@name`, or the id of a private one; `null`: none. */
  readonly channel: string | null;
}

/** What a screen said of a trial, for its buttons: another trial has another one. */
export function trialFingerprint(offer: PlanGrant & Pick<TrialOffer, 'keep'>): string {
  const limits = Object.values(grantOf(offer)).map((limit) => limit ?? 'unlimited');
  return [...limits, offer.keep ? 'keep' : 'end'].join('-');
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
 * - `blocked`: the shop gives this person nothing
 */
export type TrialRefusal =
  'blocked' | 'off' | 'changed' | 'not-new' | 'spent' | 'friends-spent' | 'not-member' | 'full' | 'unavailable';

/** Why nobody gets one today, or not this person; looked at again when it is given, or ordered. */
export type TrialBar = Extract<TrialRefusal, 'not-new' | 'spent' | 'friends-spent'>;

/** A trial that costs something, as what is ordered; `undefined`: it costs nothing. */
export function trialPlan(offer: TrialOffer): Plan | undefined {
  const { priceKopecks } = offer;
  if (priceKopecks === null) return undefined;
  return { code: TRIAL_PLAN, name: TRIAL_NAME, ...grantOf(offer), priceKopecks, priceStars: null };
}
