import type { Queryable } from './pool';
import { queryRow } from './query';
import { installationRow } from './tables/operations';

export interface Installation {
  /** The uuid of this installation; asked for once. */
  id(): Promise<string>;
}

/** Which installation the database belongs to. */
export function createInstallation(db: Queryable): Installation {
  let known: string | undefined;
  return {
    async id() {
      const row = installationRow.pick({ id: true });
      known ??= (await queryRow(db, row, 'SELECT id FROM installation'))!.id;
      return known;
    },
  };
}
