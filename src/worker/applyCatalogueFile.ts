import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { TellOwners } from '../activities/ownerNotice';
import type { CatalogueFile } from '../config/catalogueFile';
import type { Logger } from '../config/logger';
import { utcDay } from '../domain/duration';
import { catalogueQuestions, type CatalogueQuestion } from '../domain/catalogueQuestions';
import { catalogueNoticeScreen } from '../messages/screens/catalogueNotice';
import { applyCatalogue, type CatalogueChanges } from '../storage/postgres/applyCatalogue';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';

class UnconfirmedError extends Error {
  constructor(readonly questions: readonly CatalogueQuestion[]) {
    super('the catalogue file has changes that an owner must confirm');
  }
}

/**
 * Applies the file of `CATALOG_FILE` at a worker's start. Nobody can be asked then, so a file with changes that look
 * like mistakes is not applied: the shop goes on selling what it sold, since payments of a running shop must not wait
 * for an answer.
 * @returns what an owner has to confirm with `catalog -- apply FILE --yes`; none: it is applied
 */
export async function applyCatalogueFile(
  catalogue: CatalogueFile,
  {
    pool,
    logger,
    cacheInvalidation,
  }: {
    readonly pool: Pool;
    readonly logger: Pick<Logger, 'info' | 'error'>;
    readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidateCatalogue'>;
  },
): Promise<readonly CatalogueQuestion[]> {
  try {
    const { added, changed, retired, touched } = await applyCatalogue(pool, catalogue, refuseSlips);
    logger.info({ added, changed, retired }, 'the catalogue is applied');
    await cacheInvalidation.invalidateCatalogue(touched);
    return [];
  } catch (error) {
    if (!(error instanceof UnconfirmedError)) throw error;
    logger.error(
      { questions: error.questions },
      'the catalogue was not applied: confirm it with `catalog -- apply FILE --yes`, or correct it',
    );
    return error.questions;
  }
}

function refuseSlips({ changes, sold }: CatalogueChanges): void {
  const questions = catalogueQuestions(changes, sold);
  if (questions.length > 0) throw new UnconfirmedError(questions);
}

/** Tells every owner that these questions are open, once a day: the same slip may be made again. */
export async function tellOwnersOfQuestions(
  { tellOwners, now }: { readonly tellOwners: TellOwners; readonly now: () => Date },
  questions: readonly CatalogueQuestion[],
): Promise<void> {
  const subject = createHash('sha256').update(JSON.stringify(questions)).digest('hex').slice(0, 12);
  await tellOwners('attention', `catalogue:${subject}:${utcDay(now())}`, (language) =>
    catalogueNoticeScreen(questions, language),
  );
}
