import type { LocationWithRoom } from '../../domain/catalogue';
import { grantOf } from '../../domain/grant';
import { isLiving } from '../../domain/subscription';
import { trialFingerprint, type TrialOffer } from '../../domain/trial';
import type { TrialStage } from '../../domain/freeGrant';
import type { CachedQueries } from '../cachedQueries';
import type { BotDeps, Log } from '../ports';
import { locationsWithRoom } from './locationsWithRoom';
import { askIn, type AskedMessage } from './takenByTemporal';

export interface TrialDeps extends Pick<BotDeps, 'freeGrants' | 'grantWorkflows'> {
  readonly cachedQueries: Pick<CachedQueries, 'locations' | 'servers'>;
  readonly log: Log;
}

/** What somebody reads who looks at the trial. */
export type TrialLook =
  | { readonly look: 'offer'; readonly offer: TrialOffer; readonly places: readonly LocationWithRoom[] }
  /** Pressing the button says how it stands. */
  | { readonly look: 'being-made'; readonly location: string }
  | { readonly look: 'stage'; readonly stage: TrialStage };

/** What somebody reads who takes the trial. */
export type TrialTap =
  /** The message says whether it could be asked for. */
  | { readonly look: 'asked' }
  /** It costs something: it is ordered. */
  | { readonly look: 'order' }
  | TrialLook;

export type Trials = ReturnType<typeof createTrials>;

/** What a new person can do with the trial. Who may have one the worker decides; what is read here only saves taps. */
export function createTrials({ freeGrants, grantWorkflows, cachedQueries, log }: TrialDeps) {
  /** How the trial stands that they have had; or why there is none. */
  async function stageOf(userId: number): Promise<{ readonly stage: TrialStage } | { readonly madeAt: string }> {
    const had = await freeGrants.trialOf(userId);
    if (!had) return { stage: (await freeGrants.trialOffer()) ? 'not-new' : 'off' };
    if (!isLiving(had)) return { stage: 'not-new' };
    if (had.deliveredAt === null) return { madeAt: had.locationCode };
    return { stage: had.keySentAt === null ? 'key-owed' : 'issued' };
  }

  async function ask(message: AskedMessage, request: (messageId: number) => Promise<unknown>): Promise<TrialTap> {
    await askIn(message, request, log, 'a trial could not be asked for');
    return { look: 'asked' };
  }

  return {
    /** For the menu; `undefined`: there is none for this person. */
    offerFor: (userId: number): Promise<TrialOffer | undefined> => freeGrants.trialOfferFor(userId),

    async look(userId: number): Promise<TrialLook> {
      const offer = await freeGrants.trialOfferFor(userId);
      if (offer) return { look: 'offer', offer, places: await locationsWithRoom(cachedQueries, offer.serverCodes) };
      const standing = await stageOf(userId);
      if ('stage' in standing) return { look: 'stage', ...standing };
      return { look: 'being-made', location: standing.madeAt };
    },

    /**
     * A second tap finds the trial of the first.
     * @param terms what the screen said of it, see `trialFingerprint`
     * @param message where it is asked for
     */
    async take(userId: number, locationCode: string, terms: string, message: AskedMessage): Promise<TrialTap> {
      const trial = { kind: 'trial', source: String(userId), userId } as const;
      const offer = await freeGrants.trialOfferFor(userId);
      if (offer && offer.priceKopecks !== null) return { look: 'order' };
      if (offer && trialFingerprint(offer) !== terms) return { look: 'stage', stage: 'changed' };
      if (offer) {
        const request = { ...trial, locationCode, grant: grantOf(offer), keep: offer.keep };
        return ask(message, (messageId) => grantWorkflows.ask(request, messageId));
      }
      const standing = await stageOf(userId);
      if ('stage' in standing) return { look: 'stage', ...standing };
      return ask(message, (messageId) => grantWorkflows.showIn(trial, messageId));
    },
  };
}
