/** Days that people must have, or may have, without having paid for them: by what they did and by what they read. */
import { isTrialPromised, isVoucherPromised } from '../buyers/buyer';
import type { Tally } from '../buyers/tally';
import type { Chats } from '../buyers/chats';
import { REWARD_DAYS, TRIAL, VOUCHER } from '../environment/catalogue';
import type { FreeDays, Ledgers } from './external';

/** Of somebody, as sums. */
export function freeDaysOf(
  { trials, claims, friends, forms }: Pick<Tally, 'trials' | 'claims' | 'friends' | 'forms'>,
  { payments }: Pick<Ledgers, 'payments'>,
  chats: Pick<Chats, 'of'>,
): ReadonlyMap<number, FreeDays> {
  const free = new Map<number, { least: number; most: number }>();
  const add = (buyerId: number, least: number, most: number): void => {
    const sum = free.get(buyerId) ?? { least: 0, most: 0 };
    free.set(buyerId, { least: sum.least + least, most: sum.most + most });
  };
  for (const id of trials) add(id, isTrialPromised(chats.of(id)) ? TRIAL.days : 0, TRIAL.days);
  for (const { buyerId } of claims) add(buyerId, isVoucherPromised(chats.of(buyerId)) ? VOUCHER.days : 0, VOUCHER.days);
  const kept = new Set(
    payments
      .filter(({ status, refundedKopecks }) => status === 'succeeded' && refundedKopecks === 0)
      .map(({ id }) => id),
  );
  const hasBought = new Set(forms.filter(({ providerRef }) => kept.has(providerRef)).map(({ buyerId }) => buyerId));
  for (const { referrerId, friendId, providerRef } of friends) {
    if (!kept.has(providerRef)) continue;
    add(friendId, REWARD_DAYS, REWARD_DAYS);
    // Who has no subscription has them as a voucher.
    add(referrerId, hasBought.has(referrerId) ? REWARD_DAYS : 0, REWARD_DAYS);
  }
  return free;
}
