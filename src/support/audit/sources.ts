import type { Pool } from 'pg';
import type { Client } from '@temporalio/client';
import type { Settings } from '../../config/settings';
import { createHiddifyPanel } from '../../gateways/hiddify';
import { createYooKassaClient } from '../../gateways/yookassa/client';
import { withConnection } from '../../storage/postgres/pool';
import { createAuditRepository } from '../../storage/postgres/audit';
import { createWorkflowInspector } from '../timeline/workflow';
import type { AuditSources } from './collect';

/** The real YooKassa, database and panels. @param temporal absent: workflows are not compared */
export function createAuditSources(
  settings: Pick<Settings, 'YOOKASSA_API_URL' | 'YOOKASSA_SHOP_ID' | 'YOOKASSA_SECRET_KEY'>,
  pool: Pool,
  temporal: Client | undefined,
): AuditSources {
  return {
    yookassa: createYooKassaClient({
      baseUrl: settings.YOOKASSA_API_URL,
      shopId: settings.YOOKASSA_SHOP_ID,
      secretKey: settings.YOOKASSA_SECRET_KEY,
    }),
    database: (read) =>
      withConnection(pool, async (client) => {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const book = await read(createAuditRepository(client));
        await client.query('ROLLBACK');
        return book;
      }),
    panelOf: ({ adminUrl, apiKey }) => createHiddifyPanel({ adminUrl, apiKey }),
    ...(temporal === undefined ? {} : { workflows: createWorkflowInspector(temporal) }),
  };
}
