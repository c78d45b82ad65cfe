import { roomiest, type ServerTrouble } from '../../domain/catalogue';
import { serverWithPlaces, SERVERS } from './catalogue';
import type { Queryable } from './pool';
import { lockCount } from './locks';
import { prepared, queryRows } from './query';

/** Where a new subscription is made. */
export interface Place {
  readonly locationCode: string;
  readonly serverCode: string;
  readonly trouble: ServerTrouble | null;
}

/** Of server `s`: the account $n was never to be removed from it, so no removal under way meets one that is made anew. */
export const neverRemovedFrom = (n: number): string =>
  `NOT EXISTS (SELECT 1 FROM access_revocations w WHERE w.panel_user_id = $${n} AND w.server_code = s.code)`;

const SERVERS_FOR_NEW = prepared(
  `${SERVERS} AND s.location_code = $1 AND ($2::text[] IS NULL OR s.code = ANY($2)) AND ${neverRemovedFrom(3)}`,
);

interface WantedPlace {
  readonly locationCode: string;
  /** The servers it may be on, and it is on the one with the most room; `null`: any. */
  readonly serverCodes: readonly string[] | null;
  /** Its account, where an attempt may have made that already; default: it is new. */
  readonly panelUserId?: string;
}

/**
 * A place for a new subscription, which nobody else takes before this transaction ends.
 * @returns `unavailable`: nothing is sold there
 */
export async function freePlace(
  client: Queryable,
  { locationCode, serverCodes, panelUserId }: WantedPlace,
): Promise<Place | 'unavailable' | 'full'> {
  // Counting places and taking one must not interleave with another buyer's; held until this transaction ends.
  await lockCount(client, 'places', locationCode);
  const servers = await queryRows(client, serverWithPlaces, SERVERS_FOR_NEW, [
    ...[locationCode, serverCodes, panelUserId ?? null],
  ]);
  if (servers.length === 0) return 'unavailable';
  const server = roomiest(servers);
  return server ? { locationCode, serverCode: server.code, trouble: server.trouble } : 'full';
}
