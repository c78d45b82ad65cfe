import type { PoolClient } from 'pg';
import { withPromoDays } from '../../../domain/promo/terms';
import { freePlace, type Place } from '../freePlace';
import type { PurchaseDraft } from './open';
import { ownPlace } from './ownPlace';

/**
 * The place that an order takes on a server; `null`: a gift takes none.
 * @param allowed of a new subscription: on one of these servers, or on any (`null`); absent: where the buyer wants it
 */
export async function orderedPlace(
  client: PoolClient,
  draft: PurchaseDraft,
  allowed?: readonly string[] | null,
): Promise<Place | null | 'unavailable' | 'full' | 'limit-reached'> {
  const { locationCode, serverCode, renewsSubscriptionId } = draft;
  if (locationCode === null) return null;
  if (renewsSubscriptionId !== null)
    return ownPlace(client, renewsSubscriptionId, draft.userId, withPromoDays(draft, draft.promo ?? null));
  const wanted = serverCode === null ? null : [serverCode];
  return freePlace(client, { locationCode, serverCodes: allowed ?? wanted });
}
