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

const SERVERS_FOR_NEW = prepared(`${SERVERS} AND s.location_code = $1 AND ($2::text[] IS NULL OR s.code = ANY($2))`);

/**
 * A place for a new subscription, which nobody else takes before this transaction ends.
 * @param wanted `serverCodes`: the servers it may be on, and it is on the one with the most room; `null`: any
 * @returns `unavailable`: nothing is sold there
 */
export async function freePlace(
  client: Queryable,
  { locationCode, serverCodes }: { readonly locationCode: string; readonly serverCodes: readonly string[] | null },
): Promise<Place | 'unavailable' | 'full'> {
  // Counting places and taking one must not interleave with another buyer's; held until this transaction ends.
  await lockCount(client, 'places', locationCode);
  const servers = await queryRows(client, serverWithPlaces, SERVERS_FOR_NEW, [locationCode, serverCodes]);
  if (servers.length === 0) return 'unavailable';
  const server = roomiest(servers);
  return server ? { locationCode, serverCode: server.code, trouble: server.trouble } : 'full';
}
