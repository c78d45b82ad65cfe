import { log } from '@temporalio/activity';
import { utcDay } from '../domain/duration';
import { isGatewayError } from '../gateways/errors';
import type { TelegramGateway } from '../gateways/telegram';
import { TimeLimitError, withTimeLimit } from '../process/timeLimit';
import { grantAlertScreen } from '../messages/screens/grantAlert';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { TrialGrantRequest } from '../workflows/contracts/grant';
import type { TellOwners } from './ownerNotice';

/** How long Telegram is waited for. `giveGrant` must be over within the time of one attempt, 15 s. */
const MEMBER_WITHIN_MS = 5_000;

export interface ChannelGateDeps {
  readonly telegram: Pick<TelegramGateway, 'isMember'>;
  readonly freeGrants: Pick<FreeGrantsRepository, 'trialOffer' | 'trialOf'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
}

/**
 * Whether somebody is in the channel that the trial is for, where the owner has named one. While Telegram does not say
 * who is, everybody is let in, and the owners are told once a day: nobody loses a trial by a mistake of the shop.
 * Telling them is not waited for; what fails is told by the next trial.
 */
export function createChannelGate(
  deps: ChannelGateDeps,
  withinMs = MEMBER_WITHIN_MS,
): (request: TrialGrantRequest) => Promise<boolean> {
  const { telegram, freeGrants, tellOwners, now } = deps;
  return async (request) => {
    const { userId } = request;
    const offer = await freeGrants.trialOffer();
    if (!offer || offer.channel === null || (await freeGrants.trialOf(userId))) return true;
    try {
      return await withTimeLimit(withinMs, 'Telegram', telegram.isMember({ chat: offer.channel, userId }));
    } catch (error) {
      if (!isGatewayError(error) && !(error instanceof TimeLimitError)) throw error;
      const { message: reason } = error;
      log.warn('Telegram does not say who is in the channel of the trial; everybody gets one', { reason });
      void tellOwners('attention', `trial:channel:${utcDay(now())}`, (language) =>
        grantAlertScreen({ request, about: 'channel' }, language),
      ).catch((failure: unknown) =>
        log.warn('the owners could not be told that Telegram does not say who is in the channel of the trial', {
          reason: String(failure),
        }),
      );
      return true;
    }
  };
}
