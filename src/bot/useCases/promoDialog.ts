import { unlessAway } from '../../storage/redis/errors';
import { IDLE } from '../dialog';
import type { DialogProgress } from './dialogProgress';

/** The step at which a buyer sends a promo code. */
export function createPromoDialog(progress: DialogProgress) {
  return {
    /** The next text is a promo code. What was being chosen is continued afterwards. */
    askPromo: (userId: number): Promise<void> => progress.leaveFor(userId, { name: 'entering-promo' }),
    isPromoAsked: async (userId: number): Promise<boolean> =>
      (await unlessAway(progress.peek(userId), undefined))?.name === 'entering-promo',
    /** The code was taken. @returns whether a purchase can be continued */
    async promoTaken(userId: number): Promise<boolean> {
      const state = await unlessAway(progress.peek(userId), undefined);
      if (state?.name === 'entering-promo') await unlessAway(progress.leaveFor(userId, IDLE), undefined);
      return progress.isUnfinished(userId);
    },
  };
}
