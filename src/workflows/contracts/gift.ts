/**
 * What the rest of the system may know of the `gift` workflow: a gift from the moment it is paid until somebody has
 * claimed it, its giver has the money back, or it is the giver's own because nobody has claimed it for 90 days.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { GiftReminderDay, GiftState } from '../../domain/voucher/gift';

export const GIFT_WORKFLOW = 'gift';

/** `gift-<id of its order>`, which is the id of its voucher. */
export function giftWorkflowId(giftId: string): string {
  return `gift-${giftId}`;
}

export interface GiftRef {
  readonly giftId: string;
}

export interface GiftInput extends GiftRef {
  /** From when its times count (`giftCountsFrom`), ISO 8601: when it was paid, or later if it was given back. */
  readonly madeAt: string;
}

/** What its giver is told: that nobody has claimed it yet, or what became of it. */
export type GiftNotice =
  { readonly about: 'reminder'; readonly day: GiftReminderDay } | { readonly about: 'claimed' | 'returned' };

export interface GiftActivities {
  giftState(input: GiftRef): Promise<{ readonly state: GiftState }>;
  /** Makes it its giver's own, unless somebody has claimed it or its money goes back; answers what it is then. */
  returnGift(input: GiftRef): Promise<{ readonly state: GiftState }>;
  tellGiver(input: GiftRef & { readonly notice: GiftNotice }): Promise<void>;
}

/** It may stand otherwise than before: somebody has claimed it, or a refund of it was decided. */
export const giftChanged = defineSignal('giftChanged');

/** How it stands, for people. */
export interface GiftProgress {
  readonly state: GiftState;
  /** One line: what is going on and what comes next. */
  readonly note: string;
}

export const giftProgress = defineQuery<GiftProgress>('giftProgress');

export interface GiftOutcome {
  readonly state: Exclude<GiftState, 'waiting'>;
}
