import { roomiest, type LocationWithRoom, type Server } from '../../domain/catalogue';
import type { CachedQueries } from '../cachedQueries';

/**
 * The server of a location that makes the next key, as `freePlace` chooses it.
 * @param serverCodes one of these servers; `null`: any
 */
export async function nextServer(
  cachedQueries: Pick<CachedQueries, 'servers'>,
  locationCode: string,
  serverCodes: readonly string[] | null,
): Promise<Server | undefined> {
  const servers = await cachedQueries.servers(locationCode);
  return roomiest(serverCodes === null ? servers : servers.filter(({ code }) => serverCodes.includes(code)));
}

/** The locations where there is a place. @param serverCodes on one of these servers; `null`: on any */
export async function locationsWithRoom(
  cachedQueries: Pick<CachedQueries, 'locations' | 'servers'>,
  serverCodes: readonly string[] | null,
): Promise<LocationWithRoom[]> {
  const locations = await cachedQueries.locations();
  const servers = await Promise.all(locations.map(({ code }) => nextServer(cachedQueries, code, serverCodes)));
  return locations.flatMap((location, index) => {
    const server = servers[index];
    return server ? [{ ...location, trouble: server.trouble }] : [];
  });
}
