import { log } from '@temporalio/activity';
import { createNotifyOnce } from '../../activities/notifyOnce';
import type { GrantWorkflows } from '../../clients/grantWorkflows';
import { referralRule } from '../../domain/referral/referral';
import { rewardScreen } from '../../messages/screens/referral';
import { isGatewayError, type GatewayError } from '../../gateways/errors';
import type { TelegramGateway } from '../../gateways/telegram';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { ReferralsRepository, UntoldReward } from '../../storage/postgres/referrals';
import type { UsersRepository } from '../../storage/postgres/users';
import { isTokenRefused } from '../bulkMessages/bulkSender';
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
  const { settings, referrals, users, notifications, telegram, grantWorkflows, now } = dependencies;
  const rule = referralRule(settings.REFERRAL_DAYS, settings.BUYER_REFUND_WITHIN);
  const notifyOnce = createNotifyOnce(notifications);

  /** @returns whether it was sent, or had been */
  async function tell(reward: UntoldReward): Promise<boolean> {
    const user = await users.byId(reward.userId);
    if (!user) throw new Error(`user ${reward.userId} does not exist`);
    const subject = `${reward.id}:${reward.status}`;
    const screen = rewardScreen({ ...reward, timeZone: user.timeZone }, user.language);
    const outcome = await notifyOnce(user.telegramId, 'reward', subject, () =>
      telegram.sendMessage({ chatId: user.telegramId, ...screen }),
    ).catch(async (error: unknown) => {
      if (!isGatewayError(error) || error.kind !== 'refused' || isTokenRefused(error)) throw error;
      // Sending it again changes nothing: a fault of ours.
      log.error('Telegram refused one of our messages', { kind: 'reward', subject, code: error.code });
      await notifications.record(user.telegramId, 'reward', subject, 'dropped');
      return 'dropped' as const;
    });
    if (outcome === 'unreachable') {
      await users.setReachable(user.telegramId, false);
      return false;
    }
    await referrals.told(reward);
    return outcome !== 'dropped';
  }

  return {
    main: {
      async moveRewards() {
        const rows = eachRow();
        const revoked = await rows.run('revoke', await referrals.refunded(), ({ id }) => referrals.revoke(id, now()));
        const earned = await rows.run('earn', await referrals.toReward(rule, now()), ({ id }) =>
          referrals.earn(id, rule, now()),
        );
        const due = await rows.run('give', await referrals.due(now()), async ({ id: source, userId }) => {
          await grantWorkflows().ensureRunning({ kind: 'referral', source, userId });
          return true;
        });
        rows.end();
        return { earned, due, revoked };
      },

      async tellOfRewards() {
        const rows = eachRow();
        const told = await rows.run('tell', await referrals.untold(), tell);
        rows.end();
        return { told };
      },
    },
  };
}

/** Work on rows, each by itself: one that fails is logged, the others go on, and the next run comes to it again. */
function eachRow() {
  let hasDone = false;
  let failure: { readonly error: unknown } | undefined;
  return {
    /**
     * @returns for how many rows `work` returned true
     * @throws what concerns every row: Telegram is away, pauses us, or does not take the token
     */
    async run<Row extends { readonly id: string }>(
      step: string,
      rows: readonly Row[],
      work: (row: Row) => Promise<boolean>,
    ): Promise<number> {
      let count = 0;
      for (const row of rows) {
        try {
          if (await work(row)) count += 1;
          hasDone = true;
        } catch (error) {
          if (isGatewayError(error) && concernsEveryRow(error)) throw error;
          log.error('a step of a reward failed; the next run tries again', {
            ...{ step, id: row.id, error: String(error) },
          });
          failure ??= { error };
        }
      }
      return count;
    },
    /** @throws the first error, if every row has failed */
    end(): void {
      if (failure && !hasDone) throw failure.error;
    },
  };
}

function concernsEveryRow(error: GatewayError): boolean {
  return error.kind === 'unreachable' || error.kind === 'rate-limited' || isTokenRefused(error);
}
