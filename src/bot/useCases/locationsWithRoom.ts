import { hasRoom, type Location } from '../../domain/catalogue';
import type { CachedQueries } from '../cachedQueries';

/** The locations where there is a place. @param serverCodes on one of these servers; `null`: on any */
export async function locationsWithRoom(
  cachedQueries: Pick<CachedQueries, 'locations' | 'servers'>,
  serverCodes: readonly string[] | null,
): Promise<Location[]> {
  const locations = await cachedQueries.locations();
  const servers = await Promise.all(locations.map(({ code }) => cachedQueries.servers(code)));
  return locations.filter((_, index) =>
    servers[index]!.some((server) => hasRoom(server) && (serverCodes?.includes(server.code) ?? true)),
  );
}
