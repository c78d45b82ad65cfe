import type { PoolClient } from 'pg';
import type { PlanGrant } from '../../../domain/grant';
import { withPromoDays } from '../../../domain/promo/terms';
import { freePlace, type Place } from '../freePlace';
import type { PurchaseDraft } from './open';
import { ownPlace } from './ownPlace';

type NoPlace = 'unavailable' | 'full' | 'limit-reached';

/** Where somebody wants what they order, or are given. */
interface WantedPlace {
  readonly userId: number;
  readonly locationCode: string;
  readonly serverCode: string | null;
  readonly renewsSubscriptionId: string | null;
}

/**
 * The place of a new subscription, or that of the one that is renewed.
 * @param allowed of a new subscription: on one of these servers, or on any (`null`); absent: where it is wanted
 */
export function placeFor(
  client: PoolClient,
  { userId, locationCode, serverCode, renewsSubscriptionId }: WantedPlace,
  grant: PlanGrant,
  allowed?: readonly string[] | null,
): Promise<Place | NoPlace> {
  if (renewsSubscriptionId !== null) return ownPlace(client, renewsSubscriptionId, userId, grant);
  const wanted = serverCode === null ? null : [serverCode];
  return freePlace(client, { locationCode, serverCodes: allowed ?? wanted });
}

/** The place that an order takes on a server; `null`: a gift takes none. */
export async function orderedPlace(
  client: PoolClient,
  draft: PurchaseDraft,
  allowed?: readonly string[] | null,
): Promise<Place | null | NoPlace> {
  const { locationCode } = draft;
  if (locationCode === null) return null;
  return placeFor(client, { ...draft, locationCode }, withPromoDays(draft, draft.promo ?? null), allowed);
}
