import type { PoolClient } from 'pg';
import { z } from 'zod';
import { hasRoom, SERVER_TROUBLES } from '../../../domain/catalogue';
import type { PlanGrant } from '../../../domain/grant';
import { isLiving } from '../../../domain/subscription';
import { IS_SOLD, serverWithPlaces, SERVERS, TROUBLE } from '../catalogue';
import type { Place } from '../freePlace';
import { queryRow } from '../query';
import { subscriptionRow } from '../tables/subscriptions';
import { lockCount } from '../locks';
import { renewalFits } from './renewalFits';

/**
 * The place of a renewal: that of its subscription. What was never delivered cannot be prolonged yet: should its own
 * money go back, the renewal would go with it.
 */
export async function ownPlace(
  client: PoolClient,
  subscriptionId: string,
  userId: number,
  grant: PlanGrant,
): Promise<Place | 'unavailable' | 'full' | 'limit-reached'> {
  const own = await queryRow(
    client,
    subscriptionRow
      .pick({ location_code: true, server_code: true, status: true })
      .extend({ trouble: z.enum(SERVER_TROUBLES).nullable() }),
    `SELECT u.location_code, u.server_code, u.status, ${TROUBLE} AS trouble FROM subscriptions u JOIN servers s ON s.code = u.server_code AND ${IS_SOLD}
     WHERE u.id = $1 AND u.user_id = $2 AND u.status <> 'revoked' AND (u.status <> 'pending' OR u.delivered_at IS NOT NULL)`,
    [subscriptionId, userId],
  );
  if (!own) return 'unavailable';
  if (!(await renewalFits(client, subscriptionId, grant, new Date()))) return 'limit-reached';
  const place = { locationCode: own.location_code, serverCode: own.server_code, trouble: own.trouble };
  if (isLiving(own)) return place;
  // An expired one holds no place any more: another buyer may have it by now.
  await lockCount(client, 'places', place.locationCode);
  const server = await queryRow(client, serverWithPlaces, `${SERVERS} AND s.code = $1`, [place.serverCode]);
  return server && hasRoom(server) ? place : 'full';
}
