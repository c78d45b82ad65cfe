import type { Pool } from 'pg';
import type { Client } from '@temporalio/client';
import { withConnection } from '../../storage/postgres/pool';
import { createAuditRepository } from '../../storage/postgres/audit';
import { createWorkflowInspector } from '../timeline/workflow';
import type { AuditSources } from './collect';

/**
 * The real database and workflows beside these gateways.
 * @param temporal absent: workflows are not compared
 */
export function createAuditSources(
  { providers, panelOf }: Pick<AuditSources, 'providers' | 'panelOf'>,
  pool: Pool,
  temporal: Client | undefined,
): AuditSources {
  return {
    providers,
    panelOf,
    database: (read) =>
      withConnection(pool, async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const book = await read(createAuditRepository(client));
        await client.query('ROLLBACK');
        return book;
      }),
    ...(temporal === undefined ? {} : { workflows: createWorkflowInspector(temporal) }),
  };
}
