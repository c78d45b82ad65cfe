/** The worker process: everything that must happen, however long it takes. */
import path from 'node:path';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { openInfrastructure } from '../process/infrastructure';
import { CatalogueFileError, readCatalogueFile } from '../config/catalogueFile';
import { createLogger, type Logger } from '../config/logger';
import { readWorkerSettings, SettingsError, type WorkerSettings } from '../config/settings';
import type { TemporalTarget } from '../clients/temporal';
import { UnusableTemporalError } from '../clients/temporalFailure';
import { createJobActivities } from '../jobs';
import { DependencyUnavailableError, waitFor } from '../process/waitFor';
import { codecRoutes } from '../http/routes/codec';
import { healthRoutes } from '../http/routes/health';
import { metricsRoutes } from '../http/routes/metrics';
import { createHttpServer, type HttpRoutes } from '../http/server';
import { recordOwners } from '../storage/postgres/numbers';
import { UnusableDatabaseError } from '../storage/postgres/migrate';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/searchAttributes';
import { createGrantActivities, createPaymentActivities } from './activities';
import { applyCatalogueFile, tellOwnersOfQuestions } from './applyCatalogueFile';
import { checkLinks } from './checkLinks';
import { checkAccounts } from './checkAccounts';
import { createCacheInvalidation } from '../storage/redis/cacheInvalidation';
import { createWorkers, prebuiltBundle } from './createWorkers';
import { createWorkerDependencies } from './dependencies';
import { createFailingSteps } from './failingSteps';
import { createWorkerMetrics } from './metrics';
import { registerShopMetrics } from './shopMetrics';
import { checkAtStart } from './startChecks';
import { applySchedules } from './schedules';
import { temporalLogger } from './temporalLogger';
import { readBuild } from './versions/build';
import { checkOtherRuns, UnusableNamespaceError } from './versions/otherRuns';
import { takeNewWork } from './versions/takeNewWork';

/** What `npm run build` makes, when this process runs from it. */
const DIST = path.join(__dirname, '..');
/** Workflows that wait for a person, in Temporal's list filter language. */
const ATTENTION = `${SEARCH_ATTRIBUTES.needsAttention.name} = true AND ExecutionStatus = 'Running'`;

async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const logger = createLogger('worker', settings.LOG_LEVEL);
  // Signals end this process through its workers: they drain first, then `run` returns. Must come before any other use
  // of the SDK.
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  // Until the workers run, the same signals end the waiting for what they need.
  const starting = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => starting.abort());
  try {
    await runWorker(settings, logger, starting.signal);
  } catch (error) {
    // Stopped while it waited: that is what was asked for.
    if ((error as Error).name !== 'AbortError') throw error;
  }
}

async function runWorker(settings: WorkerSettings, logger: Logger, starting: AbortSignal): Promise<void> {
  if (settings.ADMIN_IDS.length === 0)
    logger.warn('ADMIN_IDS is empty: nobody is told of a payment that needs a person, and nobody may use /admin');
  const catalogue = settings.CATALOG_FILE === undefined ? undefined : await readCatalogueFile(settings.CATALOG_FILE);
  const metrics = createWorkerMetrics();
  const infrastructure = await openInfrastructure(settings, logger, starting);
  const { pool, redis, temporal, temporalTarget: target } = infrastructure;
  const build = readBuild(DIST);
  const reachTemporal = {
    name: 'Temporal',
    where: settings.TEMPORAL_ADDRESS,
    setting: 'TEMPORAL_ADDRESS',
    logger,
    signal: starting,
  };
  if (build) {
    const attempt = () => checkOtherRuns(temporal.client, { build, logger });
    const refusal = await waitFor({ ...reachTemporal, attempt });
    if (refusal) throw refusal;
  }
  const cacheInvalidation = createCacheInvalidation(redis.cache, logger);
  const questions = catalogue ? await applyCatalogueFile(catalogue, { pool, logger, cacheInvalidation }) : [];
  const connection = await waitFor({
    ...reachTemporal,
    attempt: () => NativeConnection.connect(target.connection),
  });

  const observe = metrics.observeCall;
  const dependencies = createWorkerDependencies({ settings, pool, redis, cacheInvalidation, observe });
  registerShopMetrics(metrics.registry, {
    ...dependencies,
    countAttention: async () => (await temporal.client.workflow.count(ATTENTION)).count,
    logger,
  });
  const workers = await createWorkers({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    ...(target.dataConverter === undefined ? {} : { dataConverter: target.dataConverter }),
    activities: createPaymentActivities(dependencies, { onPoll: metrics.observePoll }),
    grants: createGrantActivities(dependencies),
    jobs: createJobActivities(dependencies),
    onFailingStep: createFailingSteps({ ...dependencies, registry: metrics.registry, logger }),
    ...bundleOption(target),
    ...(build === undefined ? {} : { build }),
  });
  const http = createHttpServer({
    logger,
    routes: [
      healthRoutes({
        parts: [
          { name: 'postgres', essential: true, check: () => pool.query('SELECT 1') },
          {
            name: 'temporal',
            essential: true,
            check: () => temporal.client.connection.workflowService.getSystemInfo({}),
          },
          { name: 'redis', essential: false, check: () => redis.cache.ping() },
        ],
        isStopping: () => workers.some((worker) => worker.getState() !== 'RUNNING'),
      }),
      metricsRoutes(metrics.registry),
      ...codecEndpoint(target, settings.TEMPORAL_UI_URL),
    ],
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const ended = new AbortController();
  running.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const signal = AbortSignal.any([starting, ended.signal]);
  // A build that was replaced must not change the schedules back to its own.
  if (!build || (await takeNewWork(temporal.client, { build, logger, signal })))
    await applySchedules(temporal.client, { logger });
  const address = await http.listen({ host: settings.HTTP_HOST, port: settings.HTTP_PORT });
  logger.info({ address, namespace: settings.TEMPORAL_NAMESPACE }, 'the worker is running');
  const atStart = Promise.all([
    recordOwners(pool, settings.ADMIN_IDS),
    checkLinks(dependencies, logger),
    checkAtStart({ ...dependencies, temporal: temporal.client, logger }),
    checkAccounts(dependencies, logger),
    questions.length === 0
      ? undefined
      : tellOwnersOfQuestions(dependencies, questions).catch((error: Error) =>
          logger.warn({ reason: error.message }, 'the owner could not be told that the catalogue was not applied'),
        ),
  ]);

  // Ends when a signal has drained the workers, or throws when one of them cannot go on.
  try {
    await running;
    await atStart;
    logger.info('the worker has stopped');
  } finally {
    await http.close();
    await Promise.allSettled([connection.close(), infrastructure.close()]);
  }
}

/** The Web UI's way to what is encrypted; there only with a key and a Web UI. */
function codecEndpoint({ dataConverter }: TemporalTarget, uiUrl: string | undefined): HttpRoutes[] {
  const codec = dataConverter?.payloadCodecs?.[0];
  return codec === undefined || uiUrl === undefined ? [] : [codecRoutes({ codec, uiUrl })];
}

function bundleOption({ dataConverter }: TemporalTarget) {
  const workflowBundle = prebuiltBundle(DIST, dataConverter?.failureConverterPath !== undefined);
  return workflowBundle === undefined ? {} : { workflowBundle };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = [
      ...[SettingsError, CatalogueFileError, DependencyUnavailableError],
      ...[UnusableDatabaseError, UnusableTemporalError, UnusableNamespaceError],
    ];
    console.error(expected.some((type) => error instanceof type) ? (error as Error).message : error);
    process.exit(1);
  },
);
