/** The referral programme: who invites a friend that buys has days for it, and so has the friend. */
import { DAY_MS } from '../duration';
import { planLimitsOf, type PlanGrant } from '../grant';
import { base32Of } from '../voucher/code';

/** How many random bytes make a person's code. */
export const REFERRAL_CODE_BYTES = 5;

/** What `/start` is given in somebody's link: `ref_` and their code. */
const REFERRAL_PAYLOAD = /^ref_([0-9A-HJKMNP-TV-Z]{8})$/;

/** @param random `REFERRAL_CODE_BYTES` bytes from a secure source */
export function referralCodeOf(random: Uint8Array): string {
  return base32Of(random);
}

/** @returns the code in what `/start` is given; `undefined`: there is none */
export function readReferralPayload(payload: string): string | undefined {
  return REFERRAL_PAYLOAD.exec(payload)?.[1];
}

/** The link by which somebody invites friends. @param botUsername without `@` */
export function referralLink(botUsername: string, code: string): string {
  return `https://t.me/${botUsername}?start=ref_${code}`;
}

/** What a friend must have bought at least, in one order. */
export const LEAST_PURCHASE = { priceKopecks: 10_000, days: 28 } as const;

/** Which purchases of a friend bring rewards: the first one, or each. */
export const REWARDED_PURCHASES = ['first', 'each'] as const;
export type RewardedPurchases = (typeof REWARDED_PURCHASES)[number];

/** What an owner chooses of the programme, besides its days. */
export interface ReferralTerms {
  readonly purchases: RewardedPurchases;
  /** Days for who invited the one who invited the friend; 0: none. */
  readonly secondLevelDays: number;
  /** Rewards of one person for friends in a calendar month (UTC), at most. */
  readonly mostPerMonth: number;
}

export const REFERRAL_DEFAULTS: ReferralTerms = { purchases: 'first', secondLevelDays: 0, mostPerMonth: 20 };

/** The same as the settings say it. */
export function referralTerms(settings: {
  readonly REFERRAL_PURCHASES: RewardedPurchases;
  readonly REFERRAL_SECOND_LEVEL_DAYS: number;
  readonly REFERRAL_MAX_PER_MONTH: number;
}): ReferralTerms {
  return {
    purchases: settings.REFERRAL_PURCHASES,
    secondLevelDays: settings.REFERRAL_SECOND_LEVEL_DAYS,
    mostPerMonth: settings.REFERRAL_MAX_PER_MONTH,
  };
}

/** So long what was bought may still be refunded. */
const HOLD_MS = 7 * DAY_MS;

/** How a shop rewards. */
export interface ReferralRule extends ReferralTerms {
  /** For each of the two; 0: the shop has no such programme. */
  readonly days: number;
  /** Ms from the friend's key until the one who invited them has their days. */
  readonly holdMs: number;
}

/** @param buyerRefundMs how long buyers may have a refund without an operator */
export function referralRule(
  days: number,
  buyerRefundMs: number,
  terms: ReferralTerms = REFERRAL_DEFAULTS,
): ReferralRule {
  return { ...terms, days, holdMs: Math.max(HOLD_MS, buyerRefundMs) };
}

/** So many days with the limits of a plan, and their share of its traffic, rounded up. */
export function shareOfPlan(plan: PlanGrant, rewardDays: number): PlanGrant {
  const { days, trafficGb } = plan;
  const share = trafficGb === null ? null : Math.ceil((trafficGb * rewardDays) / days);
  return { ...planLimitsOf(plan), days: rewardDays, trafficGb: share };
}

/** `friend`: who was invited and has bought; `referrer`: who invited them; `second-level`: who invited the referrer. */
export const REWARD_ROLES = ['friend', 'referrer', 'second-level'] as const;
export type RewardRole = (typeof REWARD_ROLES)[number];

/**
 * - `waiting`: its day has not come
 * - `granted`: it was added to a subscription
 * - `voucher`: there was none, so it is a voucher
 * - `offset`: it went against days of an earlier one that were used before that was revoked
 * - `canceled`: money of the purchase, any part of it, was refunded before
 * - `revoked`: it was refunded afterwards, and what lay ahead was revoked
 * - `refused`: by the owner
 * - `forfeited`: its person lost it for a `ForfeitReason`, and what lay ahead was revoked
 */
export const REWARD_STATUSES = [
  ...(['waiting', 'granted', 'voucher', 'offset', 'canceled'] as const),
  ...(['revoked', 'refused', 'forfeited'] as const),
] as const;
export type RewardStatus = (typeof REWARD_STATUSES)[number];

/**
 * Why somebody loses a reward without a refund of its purchase.
 * - `fraud`: an owner has found out, of this reward or of its person
 * - `erased`: their data were removed because they asked for it, and they go with them
 */
export const FORFEIT_REASONS = ['fraud', 'erased'] as const;
export type ForfeitReason = (typeof FORFEIT_REASONS)[number];

/** Statuses of which something can be lost: what is still to come, or was given. */
export const FORFEITABLE: readonly RewardStatus[] = ['waiting', 'granted', 'voucher', 'offset'];

/**
 * What somebody reads of a reward: its status, `waiting-held` while an operator is to look at it first, or
 * `voucher-used` when the voucher was added to what they have bought since.
 */
export const TOLD_REWARDS = [...REWARD_STATUSES, 'waiting-held', 'voucher-used'] as const;
export type ToldReward = (typeof TOLD_REWARDS)[number];

/**
 * Why a reward that was asked for is not added to a subscription: what became of it, that its day has not come, that a
 * person is to look at it first, or that who is to have it is blocked: it waits until they are not.
 */
export type RewardRefusal = 'not-due' | 'held' | 'blocked' | Exclude<RewardStatus, 'waiting' | 'granted'>;

/**
 * Why a person looks at a reward before it is given.
 * - `refunded-twice`: of two purchases of the friend, or more, that were delivered, all the money was refunded, and no
 *   operator had decided it
 * - `friend-blocked`: the friend is blocked
 * - `many-friends`: more friends of who invited them came on that day by their link than `MOST_FRIENDS_A_DAY`
 *
 * Cards can't be compared, because nothing of a card is kept; nor keys of panels, because each is one person's.
 */
export const SUSPICIONS = ['refunded-twice', 'many-friends', 'friend-blocked'] as const;
export type Suspicion = (typeof SUSPICIONS)[number];

/** More friends of one person in a day (UTC) than this are looked at. */
export const MOST_FRIENDS_A_DAY = 5;
