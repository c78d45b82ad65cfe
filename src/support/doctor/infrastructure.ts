/** The checks of what the shop runs on: PostgreSQL, Redis, Temporal. */
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Redis } from 'ioredis';
import { createScheduleAdmin } from '../../clients/schedules';
import { DAY_MS } from '../../domain/duration';
import { requireSchema } from '../../storage/postgres/migrate';
import { createCatalogueRepository } from '../../storage/postgres/catalogue';
import { explained } from '../../process/explained';
import { MAIN_TASK_QUEUE } from '../../workflows/contracts/payment';
import { SEARCH_ATTRIBUTE_NAMES } from '../../workflows/contracts/searchAttributes';
import { clockFindings } from './clock';
import { examine, type Check, type Finding } from './findings';

export function examinePostgres(pool: Pool): Promise<Finding[]> {
  return examine('PostgreSQL', 'start it, or correct DATABASE_URL.', async () => {
    const { rows } = await pool.query<{ server_version: string }>('SHOW server_version');
    const asked = Date.now();
    const { rows: clock } = await pool.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    const aheadMs = (asked + Date.now()) / 2 - clock[0]!.at.getTime();
    const findings: Check[] = [
      { verdict: 'good', what: `version ${rows[0]!.server_version}` },
      ...clockFindings(aheadMs, 'that of its machine'),
    ];
    try {
      await requireSchema(pool);
    } catch (error) {
      const known = explained(error);
      if (!known) throw error;
      return [...findings, { verdict: 'bad', what: known.problem, next: known.advice }];
    }
    const catalogue = createCatalogueRepository(pool);
    const [locations, plans] = [await catalogue.activeLocations(), await catalogue.activePlans()];
    if (locations.length === 0 || plans.length === 0)
      findings.push({
        verdict: 'bad',
        what: 'there is nothing to sell',
        next: 'write a catalogue file and run `npm run catalog -- apply FILE`.',
      });
    return findings;
  });
}

export function examineRedis(redis: Redis): Promise<Finding[]> {
  return examine(
    'Redis',
    'start it, or correct REDIS_URL. Without it nobody can buy; what is bought stays.',
    async () => {
      const info = await redis.info();
      const field = (name: string) => new RegExp(`^${name}:(.*)\\r?$`, 'm').exec(info)?.[1]?.trim() ?? '';
      const findings: Check[] = [
        { verdict: 'good', what: `version ${field('redis_version')}, ${field('used_memory_human')} in use` },
      ];
      const policy = field('maxmemory_policy');
      if (field('maxmemory') !== '0' && !/^(volatile|allkeys)-l[rf]u$/.test(policy)) {
        const does =
          policy === 'noeviction'
            ? 'refuses to write when it is full, and nobody can buy then'
            : 'drops locks and counters in use when it is full';
        findings.push({
          verdict: 'warning',
          what: `${does} (maxmemory-policy ${policy})`,
          next: 'set it to volatile-lru: what was used last stays.',
        });
      }
      return findings;
    },
  );
}

/** Support needs a payment's history when a buyer asks about it weeks later. */
const RETENTION_DAYS = 30;

/**
 * @param scheduleIds ids of the schedules that must exist
 * @param explain for a failed call: what is wrong with the settings, where that is known
 */
export function examineTemporal(
  client: Client,
  scheduleIds: readonly string[],
  explain: (error: unknown) => Promise<unknown> = async (error) => error,
): Promise<Finding[]> {
  return examine(
    'Temporal',
    'start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. Payments wait for it; none is lost.',
    async () => {
      const { namespace } = client.options;
      const { workflowService, operatorService } = client.connection;
      const described = await workflowService
        .describeNamespace({ namespace })
        .catch(async (error: unknown) => Promise.reject((await explain(error)) as Error));
      const { serverVersion } = await workflowService.getSystemInfo({});
      const findings: Check[] = [{ verdict: 'good', what: `version ${serverVersion}, namespace ${namespace}` }];

      const days = (Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1_000) / DAY_MS;
      if (days < RETENTION_DAYS)
        findings.push({
          verdict: 'warning',
          what: `deletes histories of ended payments after ${Math.round(days)} days`,
          next: `\`temporal operator namespace update --retention ${RETENTION_DAYS}d -n ${namespace}\`.`,
        });

      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      const unknown = SEARCH_ATTRIBUTE_NAMES.filter((name) => customAttributes?.[name] === undefined);
      if (unknown.length > 0)
        findings.push({
          verdict: 'bad',
          what: `the search attributes ${unknown.join(', ')} are not registered, so no payment can start`,
          next: 'register them: docs/going-live.md says how.',
        });

      const { pollers } = await workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: MAIN_TASK_QUEUE },
        taskQueueType: 1,
      });
      if (!pollers?.length)
        findings.push({
          verdict: 'bad',
          what: 'no worker asks for work',
          next: 'start one; payments go on where they were.',
        });

      const schedules = await createScheduleAdmin(client, scheduleIds).list();
      const missing = schedules.filter(({ status }) => status === 'missing').map(({ id }) => id);
      const paused = schedules
        .filter(({ status }) => status === 'paused')
        .map(({ id, note }) => (note ? `${id} (${note})` : id));
      if (missing.length > 0)
        findings.push({
          verdict: 'bad',
          what: `the schedules ${missing.join(', ')} do not exist`,
          next: 'start a worker: it creates them.',
        });
      if (paused.length > 0)
        findings.push({
          verdict: 'warning',
          what: `paused: ${paused.join(', ')}`,
          next: '`npm run schedules -- unpause ID` when the reason is gone.',
        });
      return findings;
    },
  );
}
