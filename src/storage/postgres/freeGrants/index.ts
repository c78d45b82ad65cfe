import type { Pool } from 'pg';
import type { FreeKind } from '../../../domain/bookEntry';
import type { GrantCase } from '../../../domain/freeGrant';
import type { PanelTrouble } from '../../../domain/panelTrouble';
import { giveByHand, type DaysByHand } from './byHand';
import { deliveryOf } from '../deliveries/deliveryOf';
import { termIfDelivered } from '../deliveries/lateDelivery';
import { recordDelivered, type ConfirmedState } from '../deliveries/recordDelivered';
import { usableUntil } from '../promo/uses';
import { giveDeskDays, type DeskDays } from './deskDays';
import { endFreeGrant } from './end';
import { givenInCase, givenToUsers, undeliveredGrants } from './find';
import { countedGrant } from './give';
import { moveFreeGrant, type GrantMove } from './move';
import { givePromo, type PromoGrant } from './promo';
import { recordSeenIn, recordShownIn, unseenGrants } from './unseen';
import { giveTrial, trialOf, trialOffer, trialOfferFor, type TrialRequest } from './trial';

export type { GivenToUser, UndeliveredGrant } from './find';
export type { GivingOutcome } from './give';
export type { TrialRequest } from './trial';
interface GrantSource {
  readonly kind: FreeKind;
  readonly source: string;
  readonly userId: number;
}

export type FreeGrantsRepository = ReturnType<typeof createFreeGrantsRepository>;

/**
 * Access that costs nothing: giving it, by kind, and its delivery, by the code of a payment's.
 */
export function createFreeGrantsRepository(pool: Pool) {
  return {
    trialOffer: () => trialOffer(pool),
    trialOfferFor: (userId: number) => trialOfferFor(pool, userId),
    trialOf: (userId: number) => trialOf(pool, userId),
    giveTrial: (request: TrialRequest, now: Date) => giveTrial(pool, request, now),
    /** Until when a use of a code that was given back may be used once more. */
    promoUsableUntil: (useId: string) => usableUntil(pool, useId),
    /** See `giveByHand`. */
    giveByHand: (given: DaysByHand, now: Date) => giveByHand(pool, given, now),
    giveDeskDays: (request: DeskDays, adminIds: readonly number[], now: Date) =>
      giveDeskDays(pool, request, adminIds, now),
    givePromo: (request: PromoGrant, now: Date) => givePromo(pool, request, now),
    undelivered: (page: Parameters<typeof undeliveredGrants>[1]) => undeliveredGrants(pool, page),
    /** What was given by this source to this person, and counts. */
    async counted(of: GrantSource): Promise<{ readonly id: string } | undefined> {
      const found = await countedGrant(pool, of.kind, of.source);
      return found?.userId === of.userId ? found : undefined;
    },
    inCase: (of: GrantCase) => givenInCase(pool, of),
    ofUsers: (userIds: readonly number[]) => givenToUsers(pool, userIds),
    /** Why its panel makes no key; nothing where it is delivered or revoked meanwhile. */
    async recordDelayed(id: string, reason: PanelTrouble): Promise<void> {
      await pool.query(
        `UPDATE free_grants SET status = 'delayed', reason = $2 WHERE id = $1 AND status IN ('given', 'delayed')`,
        [id, reason],
      );
    },
    recordSeenIn: (of: Parameters<typeof recordSeenIn>[1], messageId: number, isSeen: boolean) =>
      recordSeenIn(pool, of, messageId, isSeen),
    unseen: (userId: number) => unseenGrants(pool, userId),
    recordShownIn: (id: string, messageIds: readonly number[]) => recordShownIn(pool, id, messageIds),
    move: (id: string, move: GrantMove) => moveFreeGrant(pool, id, move),
    end: (id: string, now: Date) => endFreeGrant(pool, id, now),
    deliveryOf: (id: string) => deliveryOf(pool, id),
    termIfDelivered: (grant: { readonly id: string; readonly subscriptionId: string }, at: Date) =>
      termIfDelivered(pool, grant, at),
    recordDelivered: (id: string, confirmed: ConfirmedState) => recordDelivered(pool, 'free-grant', id, confirmed),
  };
}
