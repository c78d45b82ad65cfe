/** Gifts: vouchers that somebody buys for somebody else. */
import { DAY_MS } from '../duration';
import { CLAIMABLE_AGAIN_DAYS } from './voucher';

/** Days after which the giver of a gift that nobody has claimed is reminded of it. */
export const GIFT_REMINDER_DAYS = [3, 14] as const;
export type GiftReminderDay = (typeof GIFT_REMINDER_DAYS)[number];
/** Days after which it becomes the giver's own. */
export const GIFT_RETURN_DAYS = 90;

/** So many of somebody's gifts are readable in one message. */
export const GIFTS_PER_PAGE = 8;

/**
 * How a gift stands.
 * - `waiting`: its link is with the giver, or with whom they sent it to, and nobody has claimed it
 * - `returned`: nobody had claimed it in time, so it is the giver's own
 * - `claimed`: somebody has what it gives
 * - `refunded`: the giver has the money back, or it is on its way
 */
export type GiftState = 'waiting' | 'returned' | 'claimed' | 'refunded';

/** What is done for a gift that nobody has claimed, and when (epoch ms). */
export type GiftStep =
  | { readonly step: 'remind'; readonly day: GiftReminderDay; readonly at: number }
  | { readonly step: 'return'; readonly at: number };

/** A gift that was claimed, and is claimable again, counts its days from so many days before that at the earliest. */
export const GIVEN_BACK_COUNTS_DAYS = GIFT_RETURN_DAYS - CLAIMABLE_AGAIN_DAYS;

/**
 * From when the days of a gift count that nobody has claimed: from its payment, or later if it was claimed and given
 * back, so that whoever had it has time to claim it again.
 */
export function giftCountsFrom({
  createdAt,
  givenBackAt,
}: {
  readonly createdAt: Date;
  readonly givenBackAt: Date | null;
}): Date {
  const again = givenBackAt === null ? 0 : givenBackAt.getTime() - GIVEN_BACK_COUNTS_DAYS * DAY_MS;
  return new Date(Math.max(createdAt.getTime(), again));
}

/**
 * The newest step whose time has come, and the next one. A step that was missed because nobody looked is left out when
 * the one after it is due, too: nobody is reminded twice at once.
 * @param madeAt `giftCountsFrom`
 * @param now epoch ms
 */
export function giftSteps(
  madeAt: Date,
  now: number,
): { readonly due: GiftStep | undefined; readonly next: GiftStep | undefined } {
  const steps: GiftStep[] = [
    ...GIFT_REMINDER_DAYS.map((day) => ({ step: 'remind', day, at: madeAt.getTime() + day * DAY_MS }) as const),
    { step: 'return', at: madeAt.getTime() + GIFT_RETURN_DAYS * DAY_MS },
  ];
  return { due: steps.findLast(({ at }) => at <= now), next: steps.find(({ at }) => at > now) };
}
