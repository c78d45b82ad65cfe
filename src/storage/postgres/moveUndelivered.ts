import type { z } from 'zod';
import { roomiest } from '../../domain/catalogue';
import { addAccessRevocation } from './accessRevocations';
import { PANEL_ADMIN, serverWithPlaces, SERVERS, TROUBLE } from './catalogue';
import { neverRemovedFrom } from './freePlace';
import { lockCount } from './locks';
import type { Queryable } from './pool';
import { queryRows } from './query';

/** What is to be made on another server: a new subscription that was not delivered. */
export interface Undelivered {
  readonly panelUserId: string;
  readonly locationCode: string;
  readonly serverCode: string;
}

/**
 * Another server of the location that has room, is not known to make no keys, and was not tried before. Nobody else
 * takes the place before this transaction ends.
 * @param serverCodes those it may be on; `null`: any
 */
export async function otherServer(
  client: Queryable,
  { panelUserId, locationCode, serverCode }: Undelivered,
  serverCodes: readonly string[] | null,
): Promise<z.output<typeof serverWithPlaces> | undefined> {
  await lockCount(client, 'places', locationCode);
  const others = await queryRows(
    client,
    serverWithPlaces,
    `${SERVERS} AND s.location_code = $1 AND s.code <> $2 AND ${TROUBLE} IS NULL AND ($4::text[] IS NULL OR s.code = ANY($4))
       AND ${neverRemovedFrom(3)}`,
    [locationCode, serverCode, panelUserId, serverCodes],
  );
  return roomiest(others);
}

/**
 * Writes down that a subscription whose account was not delivered is made on another server. An attempt may have made
 * the account on the old one, so that gets a row of `access_revocations`.
 * @param move `paymentId`: what bought it; `null`: it was given. `request`: the same one is made once
 */
export async function moveUndelivered(
  client: Queryable,
  subscriptionId: string,
  move: { readonly serverCode: string; readonly paymentId: string | null; readonly request: string },
): Promise<void> {
  await addAccessRevocation(client, subscriptionId, move.paymentId);
  await client.query(
    `UPDATE subscriptions SET server_code = $2, moved_by = $3, updated_at = now(),
       panel_admin = (SELECT ${PANEL_ADMIN} FROM servers WHERE code = $2) WHERE id = $1`,
    [subscriptionId, move.serverCode, move.request],
  );
}
