import { catalogueFileText } from '../config/catalogueFile';
import type { Queryable } from '../storage/postgres/pool';
import { soldCatalogue } from '../storage/postgres/soldCatalogue';

/**
 * The catalogue in the database as a file that `npm run catalog -- apply` takes, also where it was applied by command
 * and nobody kept the file. It holds the panels' keys.
 */
export async function exportCatalogue(db: Queryable): Promise<string> {
  return catalogueFileText(await soldCatalogue(db));
}
