import { judgeGiftRefund, type BuyerRefundRule } from '../../domain/refund';
import type { Gift } from '../../storage/postgres/gifts';
import type { BotDeps } from '../ports';
import type { BuyerRefundOutcome, BuyerRefunds } from './buyerRefund';

export interface GiftDeps extends Pick<BotDeps, 'gifts' | 'now'> {
  readonly rule: BuyerRefundRule;
  readonly buyerRefunds: Pick<BuyerRefunds, 'check' | 'ask'>;
}

/** A gift as its giver sees it. */
export interface SentGift {
  readonly gift: Gift;
  /** Whether the shop's rule lets them have the money back now. */
  readonly isRefundable: boolean;
}

export type Gifts = ReturnType<typeof createGifts>;

/** What givers can do with their gifts. Whether a refund is made the worker decides; here it is only looked up. */
export function createGifts({ gifts, now, rule, buyerRefunds }: GiftDeps) {
  return {
    sentBy: (userId: number): Promise<Gift[]> => gifts.sentBy(userId),

    /** @returns `undefined`: there is none, or it is somebody else's */
    async sent(userId: number, id: string): Promise<SentGift | undefined> {
      const gift = await gifts.byId(id);
      if (gift?.giverId !== userId) return undefined;
      return { gift, isRefundable: judgeGiftRefund(rule, gift, now()) === 'allowed' };
    },

    /** Whether they may have the money back, before they are asked for the last time. */
    checkRefund: (userId: number, id: string): Promise<BuyerRefundOutcome> => buyerRefunds.check(userId, id),
    /** Asks for it. A second tap is the same request. */
    askForRefund: (userId: number, id: string): Promise<BuyerRefundOutcome> => buyerRefunds.ask(userId, id),
  };
}
