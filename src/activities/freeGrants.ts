import { randomUUID } from 'node:crypto';
import { log } from '@temporalio/activity';
import { assertNever } from '../domain/assertNever';
import type { AccountOnPanel } from '../storage/postgres/accessRevocations';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { GiftWorkflows } from '../clients/giftWorkflows';
import type { GiftsRepository } from '../storage/postgres/gifts';
import type { ReferralsRepository } from '../storage/postgres/referrals';
import type { VouchersRepository } from '../storage/postgres/vouchers';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import type { GrantActivities, GrantRequest } from '../workflows/contracts/grant';
import type { TelegramGateway } from '../gateways/telegram';
import { carryOutRevocation } from './accessRevocation';
import { createChannelGate } from './channelGate';
import { createDeliver, type DeliveryDeps } from './delivery';

export interface FreeGrantDeps extends Omit<
  DeliveryDeps,
  'deliveries' | 'revokeAgain' | 'revokeAccount' | 'cacheInvalidation'
> {
  readonly telegram: Pick<TelegramGateway, 'isMember'>;
  readonly freeGrants: FreeGrantsRepository;
  readonly vouchers: Pick<VouchersRepository, 'claim'>;
  readonly referrals: Pick<ReferralsRepository, 'give'>;
  readonly gifts: Pick<GiftsRepository, 'byId'>;
  /** The owners, who may give more days at once than their staff. */
  readonly adminIds: readonly number[];
  /** Called inside an activity, where it uses the worker's own client. */
  readonly giftWorkflows: () => Pick<GiftWorkflows, 'changed'>;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidateSubscriptions' | 'invalidateServers'>;
}

type FreeGrantActivities = Pick<
  GrantActivities,
  'giveGrant' | 'findGrant' | 'deliverGrant' | 'recordGrantDelayed' | 'moveGrant' | 'endGrant'
>;

/** Gives what costs nothing, and makes its key: the panel is told by the same code as for a purchase. */
export function createFreeGrantActivities(deps: FreeGrantDeps): FreeGrantActivities {
  const { freeGrants, vouchers, referrals, gifts, giftWorkflows, cacheInvalidation, accessRevocations, adminIds, now } =
    deps;
  const deliver = createDeliver({
    ...deps,
    deliveries: freeGrants,
    revokeAgain: async (grantId) => revokeAccount(grantId, (await freeGrants.deliveryOf(grantId))!.subscription),
    revokeAccount,
  });
  const mayHaveTrial = createChannelGate(deps);
  const invalidate = async (grantId: string): Promise<void> => {
    const delivery = await freeGrants.deliveryOf(grantId);
    if (!delivery) throw new Error(`free grant ${grantId} does not exist`);
    const { userId, locationCode } = delivery.subscription;
    await cacheInvalidation.invalidateSubscriptions(userId);
    await cacheInvalidation.invalidateServers(locationCode);
  };

  /**
   * Has an account of something that was revoked, or has moved, removed: now if its panel answers, else by the panel
   * sync, for which the row stays open. A revocation names a payment; of a free grant it goes by the account.
   */
  async function revokeAccount(grantId: string, account: AccountOnPanel): Promise<void> {
    await accessRevocations.reopenOn(null, account);
    for (const revocation of await accessRevocations.unconfirmedOn(account))
      await carryOutRevocation(deps, deps.panelOf, revocation).catch((error: unknown) =>
        log.info('the account of a free grant that was revoked is still to be removed', {
          grantId,
          error: (error as Error).message,
        }),
      );
  }

  async function existing(request: GrantRequest) {
    const found = await freeGrants.counted(request);
    if (!found) throw new Error(`nothing was given by hand as ${request.kind} ${request.source}`);
    return { outcome: 'given', id: found.id } as const;
  }

  /** By kind: its row, its entry in the book of grants and whatever it takes, in one transaction. */
  async function give(request: GrantRequest) {
    const fresh = { subscriptionId: randomUUID(), panelUserId: randomUUID() };
    const ids = { ...fresh, id: randomUUID() };
    switch (request.kind) {
      case 'trial':
        if (!(await mayHaveTrial(request))) return { outcome: 'refused', why: 'not-member' } as const;
        return freeGrants.giveTrial({ ...request, ...ids }, now());
      case 'promo':
        return freeGrants.givePromo({ ...request, ...fresh, askedAt: new Date(request.askedAt) }, now());
      case 'gift':
        return vouchers.claim(
          { ...request, ...ids, voucherId: request.source, askedAt: new Date(request.askedAt) },
          now(),
        );
      case 'referral':
        return referrals.give({ id: request.source, grantId: ids.id }, now());
      case 'compensation':
      case 'owner':
        if (request.desk === undefined) return existing(request);
        return freeGrants.giveDeskDays(
          { ...request.desk, source: request.source, userId: request.userId },
          adminIds,
          now(),
        );
      default:
        return assertNever(request);
    }
  }

  return {
    async giveGrant(request) {
      const given = await give(request);
      if (given.outcome === 'refused') return given;
      await invalidate(given.id);
      // The giver of a gift is told by its own workflow.
      if (request.kind === 'gift' && (await gifts.byId(request.source))) await giftWorkflows().changed(request.source);
      return { outcome: 'given', grantId: given.id };
    },

    findGrant: async (request) => ({ grantId: (await freeGrants.counted(request))?.id ?? null }),

    deliverGrant: ({ grantId, told }) => deliver({ id: grantId, ...(told && { told }) }),

    recordGrantDelayed: ({ grantId, reason }) => freeGrants.recordDelayed(grantId, reason),

    async moveGrant({ grantId, ...move }) {
      const moved = await freeGrants.move(grantId, move);
      if (moved) await invalidate(grantId);
      return { moved };
    },

    async endGrant({ grantId }) {
      const ending = await freeGrants.end(grantId, now());
      await invalidate(grantId);
      return { ending };
    },
  };
}
