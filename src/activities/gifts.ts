import type { Gift, GiftsRepository } from '../storage/postgres/gifts';
import type { GiftActivities } from '../workflows/contracts/gift';
import type { TellGiver } from './giftNotice';

export interface GiftActivityDeps {
  readonly gifts: Pick<GiftsRepository, 'byId' | 'returnToGiver'>;
  readonly tellGiver: TellGiver;
  readonly now: () => Date;
}

/** What the `gift` workflow asks of the outside. */
export function createGiftActivities({ gifts, tellGiver, now }: GiftActivityDeps): GiftActivities {
  const existing = async (giftId: string): Promise<Gift> => {
    const gift = await gifts.byId(giftId);
    if (!gift) throw new Error(`gift ${giftId} does not exist`);
    return gift;
  };

  return {
    giftState: async ({ giftId }) => ({ state: (await existing(giftId)).state }),

    async returnGift({ giftId }) {
      const state = await gifts.returnToGiver(giftId, now());
      if (state === undefined) throw new Error(`gift ${giftId} does not exist`);
      return { state };
    },

    async tellGiver({ giftId, notice }) {
      await tellGiver(await existing(giftId), notice);
    },
  };
}
