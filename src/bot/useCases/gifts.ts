import { judgeGiftRefund, type BuyerRefundRule } from '../../domain/refund';
import type { Gift } from '../../storage/postgres/gifts';
import type { BotDeps } from '../ports';

export interface GiftDeps extends Pick<BotDeps, 'gifts' | 'now'> {
  readonly rule: BuyerRefundRule;
}

/** A gift as its giver sees it. */
export interface SentGift {
  readonly gift: Gift;
  /** Whether the shop's rule lets them have the money back now. */
  readonly isRefundable: boolean;
}

export type Gifts = ReturnType<typeof createGifts>;

/** What givers see of their gifts. Money back they ask for like any buyer: `createBuyerRefunds`. */
export function createGifts({ gifts, now, rule }: GiftDeps) {
  return {
    sentBy: gifts.sentBy,
    giversOf: gifts.giversOf,

    /** @returns `undefined`: there is none, or it is somebody else's */
    async sent(userId: number, id: string): Promise<SentGift | undefined> {
      const gift = await gifts.byId(id);
      if (gift?.giverId !== userId) return undefined;
      return { gift, isRefundable: judgeGiftRefund(rule, gift, now()) === 'allowed' };
    },
  };
}
