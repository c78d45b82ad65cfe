import { log } from '@temporalio/activity';
import type { PanelActivities } from '../workflows/contracts/activities';
import { revokeAccessOf } from './accessRevocation';
import { createDeliver, type DeliveryDeps } from './delivery';

export interface PanelActivityDeps extends Omit<DeliveryDeps, 'deliveries' | 'revokeAgain' | 'revokeAccount'> {
  readonly payments: DeliveryDeps['deliveries'];
}

/**
 * Everything about orders that speaks to the panels. A call that has begun is never broken off when its activity is
 * cancelled: it could have its effect after what is decided next, and nobody would look again.
 */
export function createPanelActivities(deps: PanelActivityDeps): PanelActivities {
  const { payments, accessRevocations } = deps;
  const deliver = createDeliver({
    ...deps,
    deliveries: payments,
    async revokeAgain(paymentId) {
      await accessRevocations.reopen(paymentId);
      await revokeAccessOf(deps, paymentId);
    },
    /** Now if that panel answers, else by the panel sync, for which the row stays open. */
    async revokeAccount(paymentId, account) {
      await accessRevocations.reopenOn(paymentId, account);
      await revokeAccessOf(deps, paymentId).catch((error: unknown) =>
        log.info('an account on a server that is not the subscription’s any more is still to be removed', {
          paymentId,
          server: account.serverCode,
          error: (error as Error).message,
        }),
      );
    },
  });

  return {
    deliverSubscription: ({ paymentId, told }) => deliver({ id: paymentId, ...(told && { told }) }),
    revokeAccess: ({ paymentId }) => revokeAccessOf(deps, paymentId),
  };
}
