import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { jobResultRow } from './tables/operations';

const jobResult = jobResultRow.transform(camelCased);

export type JobResultsRepository = ReturnType<typeof createJobResultsRepository>;

/** When each scheduled job last ended and what it found: one row a job. */
export function createJobResultsRepository(db: Queryable) {
  return {
    /** Two runs that end in another order than they began leave the later end. */
    async record(job: string, endedAt: Date, result: object): Promise<void> {
      await db.query(
        `INSERT INTO job_results AS r (job, ended_at, result) VALUES ($1, $2, $3)
         ON CONFLICT (job) DO UPDATE SET ended_at = excluded.ended_at, result = excluded.result
         WHERE r.ended_at <= excluded.ended_at`,
        [job, endedAt, JSON.stringify(result)],
      );
    },

    /** What its last run found; `undefined`: none has ended. */
    async of(job: string): Promise<Record<string, unknown> | undefined> {
      return (await queryRow(db, jobResult, 'SELECT * FROM job_results WHERE job = $1', [job]))?.result;
    },

    all: (): Promise<{ job: string; endedAt: Date; result: Record<string, unknown> }[]> =>
      queryRows(db, jobResult, 'SELECT * FROM job_results ORDER BY job'),
  };
}
