/**
 * The webhook's part of the bot's process, alone, so that its memory can be watched: real PostgreSQL, workflows that
 * take 2 ms.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { createWebhookDispatcher } from '../../src/http/webhookDispatcher';
import { providerWebhookRoutes } from '../../src/http/routes/providerWebhooks';
import { createYooKassaWebhook } from '../../src/providers/yookassa/webhook';
import { createHttpServer } from '../../src/http/server';
import { createPool } from '../../src/storage/postgres/pool';
import { createWebhookEventsRepository } from '../../src/storage/postgres/webhookEvents';

export interface ServerReport {
  readonly rssMb: number;
  readonly logLines: number;
  readonly woken: number;
}

async function main(): Promise<void> {
  const pool = createPool(process.env['DATABASE_URL']!, { onError: () => undefined });
  let logLines = 0;
  let woken = 0;
  const logger = pino({ level: 'debug' }, { write: () => void (logLines += 1) });
  const webhookEvents = createWebhookEventsRepository(pool);
  const dispatcher = createWebhookDispatcher({
    knownPaymentId: async () => 'known',
    payments: { byProviderRef: async () => undefined, byId: async () => undefined },
    hasSucceededRefund: async () => false,
    refundWorkflows: { notify: async () => undefined },
    paymentWorkflows: {
      async notified() {
        woken += 1;
        await pause(2);
        return 'woken';
      },
      ensureRunning: async () => undefined,
    },
    webhookEvents,
    logger,
  });
  const server = createHttpServer({
    logger,
    routes: [
      providerWebhookRoutes({
        webhook: createYooKassaWebhook(['127.0.0.1/32']),
        trustedProxies: 0,
        webhookEvents,
        stored: dispatcher.dispatch,
        logger,
      }),
    ],
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  process.on('message', () =>
    process.send!({ rssMb: process.memoryUsage().rss / 2 ** 20, logLines, woken } satisfies ServerReport),
  );
  process.send!({ url });
}

void main();
