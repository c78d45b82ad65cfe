import { createNotifyOnce } from '../../activities/notifyOnce';
import type { GrantWorkflows } from '../../clients/grantWorkflows';
import { referralRule } from '../../domain/referral/referral';
import { rewardScreen } from '../../messages/screens/referral';
import type { TelegramGateway } from '../../gateways/telegram';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { ReferralsRepository } from '../../storage/postgres/referrals';
import type { UsersRepository } from '../../storage/postgres/users';
import type { ReferralRewardActivities } from './contract';

export interface ReferralRewardDependencies {
  readonly settings: { readonly REFERRAL_DAYS: number; readonly BUYER_REFUND_WITHIN: number };
  readonly referrals: ReferralsRepository;
  readonly users: Pick<UsersRepository, 'byId' | 'setReachable'>;
  readonly notifications: NotificationsRepository;
  readonly telegram: TelegramGateway;
  /** Only inside an activity. */
  readonly grantWorkflows: () => Pick<GrantWorkflows, 'ensureRunning'>;
  readonly now: () => Date;
}

export function createReferralRewardActivities(dependencies: ReferralRewardDependencies): {
  main: ReferralRewardActivities;
} {
  const { settings, referrals, users, telegram, grantWorkflows, now } = dependencies;
  const rule = referralRule(settings.REFERRAL_DAYS, settings.BUYER_REFUND_WITHIN);
  const notifyOnce = createNotifyOnce(dependencies.notifications);
  return {
    main: {
      async moveRewards() {
        let withdrawn = 0;
        for (const { id } of await referrals.refunded()) {
          if (await referrals.withdraw(id, now())) withdrawn += 1;
        }
        const earned = await referrals.earn(rule, now());
        const due = await referrals.due(now());
        for (const { id: source, userId } of due) {
          await grantWorkflows().ensureRunning({ kind: 'referral', source, userId });
        }
        return { earned, due: due.length, withdrawn };
      },

      async tellOfRewards() {
        const untold = await referrals.untold();
        for (const reward of untold) {
          const user = await users.byId(reward.userId);
          if (!user) throw new Error(`user ${reward.userId} does not exist`);
          const screen = rewardScreen({ ...reward, timeZone: user.timeZone }, user.language);
          const told = await notifyOnce(user.telegramId, 'reward', `${reward.id}:${reward.status}`, () =>
            telegram.sendMessage({ chatId: user.telegramId, ...screen }),
          );
          if (told === 'unreachable') await users.setReachable(user.telegramId, false);
          await referrals.told(reward);
        }
        return { told: untold.length };
      },
    },
  };
}
