import { log } from '@temporalio/activity';
import { revokeAccessOf, type AccessRevocationDeps } from '../../activities/accessRevocation';
import { createNotifyOnce } from '../../activities/notifyOnce';
import type { TellOwners } from '../../activities/ownerNotice';
import type { GrantWorkflows } from '../../clients/grantWorkflows';
import type { Settings } from '../../config/settings';
import { referralRule, referralTerms } from '../../domain/referral/referral';
import { isLiving } from '../../domain/subscription';
import { heldRewardScreen, rewardScreen, shortenedGiftScreen } from '../../messages/screens/referral';
import type { Screen } from '../../messages/screens/screen';
import { isGatewayError, type GatewayError } from '../../gateways/errors';
import type { TelegramGateway } from '../../gateways/telegram';
import type { NotificationsRepository } from '../../storage/postgres/notifications';
import type { ReferralsRepository, ShortenedGift, UntoldReward } from '../../storage/postgres/referrals';
import type { User, UsersRepository } from '../../storage/postgres/users';
import { isTokenRefused } from '../bulkMessages/bulkSender';
import type { ReferralRewardActivities } from './contract';

export interface ReferralRewardDependencies extends AccessRevocationDeps {
  readonly settings: Pick<
    Settings,
    | 'REFERRAL_DAYS'
    | 'REFERRAL_PURCHASES'
    | 'REFERRAL_SECOND_LEVEL_DAYS'
    | 'REFERRAL_MAX_PER_MONTH'
    | 'BUYER_REFUND_WITHIN'
    | 'SUBSCRIPTION_GRACE'
  >;
  readonly referrals: ReferralsRepository;
  readonly users: Pick<UsersRepository, 'byId' | 'setReachable'>;
  readonly notifications: NotificationsRepository;
  readonly telegram: TelegramGateway;
  readonly tellOwners: TellOwners;
  /** Only inside an activity. */
  readonly grantWorkflows: () => Pick<GrantWorkflows, 'ensureRunning'>;
  readonly now: () => Date;
}

/** So few that a run ends in its time although none of their panels answers. */
const PANELS_TOLD = 5;

export function createReferralRewardActivities(dependencies: ReferralRewardDependencies): {
  main: ReferralRewardActivities;
} {
  const { settings, referrals, users, notifications, telegram, tellOwners, grantWorkflows, now } = dependencies;
  const rule = referralRule(settings.REFERRAL_DAYS, settings.BUYER_REFUND_WITHIN, referralTerms(settings));
  const notifyOnce = createNotifyOnce(notifications);

  /**
   * Tells somebody one thing, once.
   * @param done records that they know it, or that it can't be told
   * @returns whether it was sent, or had been
   */
  async function tellOnce(
    { userId, subject }: { readonly userId: number; readonly subject: string },
    screenOf: (user: User) => Screen,
    done: () => Promise<void>,
  ): Promise<boolean> {
    const user = await users.byId(userId);
    if (!user) throw new Error(`user ${userId} does not exist`);
    const outcome = await notifyOnce(user.telegramId, 'reward', subject, () =>
      telegram.sendMessage({ chatId: user.telegramId, ...screenOf(user) }),
    ).catch(async (error: unknown) => {
      if (!isGatewayError(error) || error.kind !== 'refused' || isTokenRefused(error)) throw error;
      // Sending it again changes nothing: a fault of ours.
      log.error('Telegram refused a message of the shop', { kind: 'reward', subject, code: error.code });
      await notifications.record(user.telegramId, 'reward', subject, 'dropped');
      return 'dropped' as const;
    });
    if (outcome === 'unreachable') {
      await users.setReachable(user.telegramId, false);
      return false;
    }
    await done();
    return outcome !== 'dropped';
  }

  const tell = (reward: UntoldReward): Promise<boolean> =>
    tellOnce(
      { userId: reward.userId, subject: `${reward.id}:${reward.status}` },
      ({ language, timeZone }) => rewardScreen({ ...reward, timeZone }, language),
      () => referrals.told(reward),
    );
  const tellClaimer = ({ id, userId, why, status, expiresAt }: ShortenedGift): Promise<boolean> =>
    tellOnce(
      { userId, subject: `${id}:gift-shortened` },
      ({ language, timeZone }) =>
        shortenedGiftScreen({ why, until: isLiving({ status }) ? expiresAt : null, timeZone }, language),
      () => referrals.claimerTold(id),
    );

  /**
   * Tells the panels what is left where rewards were revoked. A panel that does not answer is asked again by the next
   * run, and by the panel sync.
   */
  async function tellPanels(): Promise<void> {
    for (const paymentId of await referrals.toTellPanels(PANELS_TOLD))
      await revokeAccessOf(dependencies, paymentId).catch((error: unknown) =>
        log.info('what was revoked of a reward is still on its panel', { paymentId, error: String(error) }),
      );
  }

  return {
    main: {
      async moveRewards() {
        const rows = eachRow();
        const revoked = await rows.run('revoke', await referrals.refunded(), ({ id }) => referrals.revoke(id, now()));
        const forfeited = await rows.run('forfeit', await referrals.toForfeit(), ({ id }) =>
          referrals.forfeit(id, now()),
        );
        const earned = await rows.run('earn', await referrals.toReward(rule, now()), ({ id }) =>
          referrals.earn(id, rule, now()),
        );
        const due = await rows.run('give', await referrals.due(now()), async ({ id: source, userId }) => {
          await grantWorkflows().ensureRunning({ kind: 'referral', source, userId });
          return true;
        });
        await rows.run('use the voucher', await referrals.vouchersToUse(now()), async (voucher) => {
          const { id, paymentId, voucherId: source, userId, subscriptionId } = voucher;
          await referrals.usesVoucher(id, paymentId);
          const claim = { place: { subscriptionId }, terms: null, askedAt: now().getTime() };
          await grantWorkflows().ensureRunning({ kind: 'gift', source, userId, ...claim });
          return true;
        });
        await tellPanels();
        rows.end();
        return { earned, due, revoked: revoked + forfeited };
      },

      async tellOfRewards() {
        const rows = eachRow();
        const told = await rows.run('tell', await referrals.untold(now()), tell);
        const toldClaimers = await rows.run('tell the claimer', await referrals.claimersToTell(), tellClaimer);
        await rows.run('ask the owners', await referrals.heldUntold(), async (reward) => {
          await tellOwners('attention', `reward:${reward.id}`, (language, timeZone) =>
            heldRewardScreen(reward, language, timeZone),
          );
          await referrals.heldTold(reward.id);
          return true;
        });
        rows.end();
        return { told: told + toldClaimers };
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
