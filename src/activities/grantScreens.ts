import { assertNever } from '../domain/assertNever';
import { utcDay } from '../domain/duration';
import type { PromoStage, TrialStage, VoucherStage } from '../domain/freeGrant';
import { isLiving } from '../domain/subscription';
import type { TelegramGateway } from '../gateways/telegram';
import { grantAlertScreen } from '../messages/screens/grantAlert';
import { withOtherServer } from '../messages/screens/otherServer';
import type { Screen } from '../messages/screens/screen';
import { promoStageScreen } from '../messages/screens/promoGrant';
import { trialStageScreen } from '../messages/screens/trial';
import { voucherStageScreen } from '../messages/screens/voucher';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { User, UsersRepository } from '../storage/postgres/users';
import type { VouchersRepository } from '../storage/postgres/vouchers';
import { makesKey, type GrantActivities, type GrantAlert, type GrantRequest } from '../workflows/contracts/grant';
import { timeOfThisAlert } from './alertTime';
import type { TellOfNoKey } from './delayNotice';
import type { TellOwners } from './ownerNotice';
import type { SendKey } from './sendKey';

export interface GrantScreenDeps {
  readonly freeGrants: FreeGrantsRepository;
  readonly vouchers: Pick<VouchersRepository, 'byId'>;
  readonly users: UsersRepository;
  readonly telegram: TelegramGateway;
  readonly sendKey: SendKey;
  readonly tellOwners: TellOwners;
  readonly tellOfNoKey: TellOfNoKey;
  readonly now: () => Date;
}

type GrantScreens = Pick<
  GrantActivities,
  'sendGrantKey' | 'showGrant' | 'tellOwnerOfGrantDelay' | 'alertOwnersOfGrant'
>;

/** What people read of a free grant. That they can't be written to is recorded, and nothing waits for it. */
export function createGrantScreens(deps: GrantScreenDeps): GrantScreens {
  const { freeGrants, vouchers, users, telegram, sendKey, tellOwners, tellOfNoKey, now } = deps;

  const userOf = async (userId: number): Promise<User> => {
    const user = await users.byId(userId);
    if (!user) throw new Error(`user ${userId} does not exist`);
    return user;
  };

  /** Until when a use of a promo code that was given back can still be used once more. */
  async function usableAgain(useId: string): Promise<Date | undefined> {
    const until = await freeGrants.promoUsableUntil(useId);
    return until !== undefined && until > now() ? until : undefined;
  }

  /** What an alert is about, so that it is told once. */
  async function subjectOf({ source, userId }: GrantRequest, about: GrantAlert, grantId?: string): Promise<string> {
    // One message for all whom it happens to: each of them is found by what waits for a person.
    if (about === 'spent' || about === 'unrecorded' || about === 'not-given') return `${about}:${utcDay(now())}`;
    if (about === 'friends-spent') return `${about}:${await users.referrerOf(userId)}:${utcDay(now())}`;
    // A voucher that is claimed once more is another grant, so its alerts are sent once more.
    return `${grantId ?? source}:${about}`;
  }

  return {
    sendGrantKey: ({ grantId }) => sendKey(grantId),

    async showGrant({ request, messageId, stage }) {
      const { userId } = request;
      const { language, timeZone } = await userOf(userId);
      const screen = withOtherServer(await screenOf(), { of: request, stage, isNewKey: makesKey(request) }, language);
      const edited = await telegram.editMessage({ chatId: userId, messageId, ...screen });
      const shown = edited.outcome === 'gone' ? await telegram.sendMessage({ chatId: userId, ...screen }) : edited;
      const isUnreachable = shown.outcome === 'unreachable-user';
      if (isUnreachable) await users.setReachable(userId, false);
      // Whoever sends the key later, or finds them back, brings this message up to date.
      const inMessage = shown.outcome === 'sent' ? shown.messageId : messageId;
      await freeGrants.recordSeenIn(request, inMessage, !isUnreachable && stage !== 'key-owed');

      async function screenOf(): Promise<Screen> {
        switch (request.kind) {
          case 'trial': {
            // Asked for once more, long after it was given.
            const had = stage === 'issued' || stage === 'key-owed' ? await freeGrants.trialOf(userId) : undefined;
            const channel = stage === 'not-member' ? (await freeGrants.trialOffer())?.channel : null;
            return trialStageScreen(had && !isLiving(had) ? 'not-new' : (stage as TrialStage), language, channel);
          }
          case 'gift': {
            const voucher = await vouchers.byId(request.source);
            if (!voucher) throw new Error(`voucher ${request.source} does not exist`);
            return voucherStageScreen(
              stage as VoucherStage,
              { code: voucher.code, isNewKey: makesKey(request) },
              language,
            );
          }
          case 'promo':
            return promoStageScreen(
              {
                ...{ stage: stage as PromoStage, isNewKey: makesKey(request), timeZone },
                usableUntil: stage === 'panel-gone' ? await usableAgain(request.source) : undefined,
              },
              language,
            );
          case 'referral':
          case 'compensation':
          case 'owner':
            throw new Error(`nobody asks for ${request.kind} in a message`);
          default:
            return assertNever(request);
        }
      }
    },

    async tellOwnerOfGrantDelay({ grantId, request, failure }) {
      const delivery = await freeGrants.deliveryOf(grantId);
      // It was made, or revoked, before anybody was told.
      if (delivery?.state !== 'awaited') return;
      await tellOfNoKey({
        serverCode: delivery.subscription.serverCode,
        failure,
        async tellOfIt(code) {
          const subject = `${request.kind}:${grantId}:delayed:${code}${timeOfThisAlert()}`;
          const { told } = await tellOwners('attention', subject, (language) =>
            grantAlertScreen({ request, about: 'refused', code }, language),
          );
          return told;
        },
      });
    },

    async alertOwnersOfGrant({ grantId, request, about }) {
      // It was given before anybody was told.
      if (about === 'unrecorded' && (await freeGrants.counted(request))) return;
      const subject = `${request.kind}:${await subjectOf(request, about, grantId)}`;
      // Owners look at who invites, not at the friend who happened to be refused.
      const userId = about === 'friends-spent' ? await users.referrerOf(request.userId) : null;
      const shown = userId === null ? request : { ...request, userId };
      await tellOwners('attention', subject, (language) => grantAlertScreen({ request: shown, about }, language));
    },
  };
}
