import fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DemoConfig } from './config';
import { listFaults } from './faults';
import { addGuard, frameSources } from './guard';
import { Overview } from './overview';
import { addRoutes } from './routes';
import { createStandIn } from './standIn';
import { addStaticFiles } from './staticFiles';
import type { Supervisor } from './supervisor';
import { createWorkflowLens } from './workflows';

/** Starts the demo page. @returns its address as a browser should open it */
export async function startDemo(
  config: DemoConfig,
  supervisor: Supervisor,
): Promise<{ url: string; close(): Promise<void> }> {
  const telegram = createStandIn('Telegram', config.telegramUrl);
  const yookassa = createStandIn('YooKassa', config.yookassaUrl);
  const panels = config.panels.map(({ name, url }) => ({ name, standIn: createStandIn(`panel ${name}`, url) }));
  const faults = listFaults({ telegram, yookassa, panels });
  const workflows = createWorkflowLens({
    address: config.temporalAddress,
    namespace: config.temporalNamespace,
    uiUrl: config.temporalUiUrl,
  });
  const overview = new Overview({ yookassa, panels, faults, workflows, supervisor });

  // An open event stream never ends by itself.
  const app = fastify({ forceCloseConnections: true, bodyLimit: 64 * 1024 });
  addGuard(app, frameSources([config.yookassaUrl, config.botUrl]));
  addRoutes(app, { telegram, overview, faults, supervisor, checkoutUrl: config.yookassaUrl });
  addStaticFiles(app, join(__dirname, 'public'));
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    async close() {
      overview.close();
      await app.close();
      await workflows.close();
    },
  };
}
