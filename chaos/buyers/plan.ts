/** Which buyers arrive when, and how they behave: drawn from the seed before anything starts. */
import type { Random } from '../random';
import {
  LOCATIONS,
  PLANS,
  PROMO_CODES,
  VOUCHER_CODES,
  type LocationCode,
  type PlanCode,
} from '../environment/catalogue';
import type { DelayChoice } from './buyer';

/**
 * - `pays`: the usual one
 * - `pays-late`: after the close watch is over
 * - `leaves`: gets the link and does nothing any more
 * - `comes-back`: leaves the link, begins anew, finds the same order, pays
 * - `renews`: buys, then prolongs
 * - `pays-two`: cancels an order, makes another, and pays both links
 * - `changes-mind`: orders the same plan elsewhere while the first order is open, or has been cancelled and its link
 *   lives; pays the new one, and some of them the old one, too
 * - `impatient`: presses everything several times and sends the checkout's form twice
 * - `declined`: the first card is refused, they order again
 * - `blocks`: pays and blocks the bot
 * - `enters-code`: comes with a promo code of few uses, which others hold, too; pays, some of them late or never, and
 *   some ask their money back
 * - `tries`: takes a trial, and buys for its key
 * - `only-tries`: takes a trial
 * - `claims`: has the code of a voucher, as others do, and claims it
 * - `invites`: buys, and invites a friend, who buys; some friends ask their money back, before the reward or after it
 * - `gives`: buys a subscription for somebody else, see `GIFT_FATES`
 */
const KINDS = {
  pays: 36,
  'pays-late': 10,
  leaves: 10,
  'comes-back': 8,
  renews: 14,
  'pays-two': 8,
  'changes-mind': 8,
  impatient: 7,
  declined: 4,
  blocks: 3,
  'enters-code': 12,
  tries: 10,
  'only-tries': 5,
  claims: 10,
  invites: 8,
  gives: 14,
} as const;
export type BuyerKind = keyof typeof KINDS;
export const BUYER_KINDS = Object.keys(KINDS) as readonly BuyerKind[];

/**
 * What becomes of a gift. Those who give have them in turn, so that a run of some size has each.
 * - `claimed`: by whom it is for
 * - `claimed-by-two`: two have the link and press at once
 * - `added`: who it is for has a subscription, and adds its days to that
 * - `taken`: the giver takes it themselves
 * - `returned`: nobody claims it for 90 days, so it is the giver's own; they take it, and nobody else can
 * - `cancelled`: the giver cancels it; who opens the link then gets nothing
 * - `claim-races-cancel`: somebody claims it while the giver cancels it
 * - `refunded`, `refunded-in-part`: by the owner's command, after the claim
 * - `refunded-in-cabinet`: in YooKassa's cabinet, after the claim
 * - `refunded-in-part-before`: a part, by the owner's command; then what is left is claimed
 */
export const GIFT_FATES = [
  'claimed',
  'claimed-by-two',
  'added',
  'taken',
  'returned',
  'cancelled',
  'claim-races-cancel',
  'refunded',
  'refunded-in-part',
  'refunded-in-cabinet',
  'refunded-in-part-before',
] as const;
export type GiftFate = (typeof GIFT_FATES)[number];

/** Links a buyer of this kind gets. */
const ORDERS: Readonly<Partial<Record<BuyerKind, number>>> = {
  renews: 2,
  'pays-two': 2,
  'changes-mind': 2,
  declined: 2,
  'only-tries': 0,
  claims: 0,
  invites: 2,
};

export const isOrdering = (kind: BuyerKind): boolean => ORDERS[kind] !== 0;

export interface PlannedBuyer {
  readonly id: number;
  readonly arrivesMs: number;
  readonly kind: BuyerKind;
  readonly location: LocationCode;
  readonly plan: PlanCode;
  /** For `changes-mind`: where the second order is, whether the first is cancelled before, and paid after. */
  readonly otherLocation: LocationCode;
  readonly cancelsFirst: boolean;
  readonly paysBoth: boolean;
  /** The second order's. */
  readonly otherPlan: PlanCode;
  /** For `enters-code`: the code, and what they do with the link. */
  readonly promo: string;
  readonly paysWith: 'at-once' | 'late' | 'never';
  /** For `enters-code` and `invites`: they, or their friend, ask their money back once they have the key. */
  readonly asksBack: boolean;
  /** For `invites`: so late that both have the reward for that purchase already. */
  readonly asksLate: boolean;
  /** For `claims`. */
  readonly voucher: string;
  /** For `gives`. */
  readonly giftFate: GiftFate;
  /** What they decide when the panel is away. */
  readonly choice: DelayChoice;
}

const FIRST_ID = 500_001;

/**
 * Buyers until there are `purchases` orders, `perSecond` buyers a second.
 * @param only kinds of them that come; empty: every kind
 */
export function planBuyers(
  random: Random,
  purchases: number,
  perSecond: number,
  only: readonly BuyerKind[] = [],
): PlannedBuyer[] {
  const kinds = Object.fromEntries(
    BUYER_KINDS.filter((kind) => only.length === 0 || only.includes(kind)).map((kind) => [kind, KINDS[kind]]),
  ) as Record<BuyerKind, number>;
  const buyers: PlannedBuyer[] = [];
  let arrivesMs = 0;
  let nextFate = random.whole(0, GIFT_FATES.length - 1);
  for (let orders = 0; orders < purchases;) {
    const kind = random.weighted(kinds);
    const plan = random.pick(PLANS).code;
    const location = random.pick(LOCATIONS).code;
    arrivesMs += random.pause(1000 / perSecond);
    buyers.push({
      ...{ id: FIRST_ID + buyers.length, arrivesMs: Math.round(arrivesMs), kind, plan },
      location,
      otherLocation: random.pick(LOCATIONS.filter(({ code }) => code !== location)).code,
      cancelsFirst: random.weighted({ yes: 1, no: 1 }) === 'yes',
      paysBoth: random.weighted({ yes: 1, no: 2 }) === 'yes',
      otherPlan: random.pick(PLANS.filter(({ code }) => code !== plan)).code,
      promo: random.pick(PROMO_CODES),
      paysWith: random.weighted({ 'at-once': 5, late: 3, never: 2 }),
      asksBack: random.weighted({ yes: 1, no: 2 }) === 'yes',
      asksLate: random.weighted({ yes: 1, no: 1 }) === 'yes',
      voucher: random.pick(VOUCHER_CODES),
      giftFate: GIFT_FATES[nextFate % GIFT_FATES.length]!,
      choice: random.weighted({ wait: 4, 'other-server': 3, 'delay-refund': 3 }),
    });
    orders += ORDERS[kind] ?? 1;
    if (kind === 'gives') {
      if (buyers.at(-1)!.giftFate === 'added') orders += 1;
      nextFate += 1;
    }
  }
  return buyers;
}
