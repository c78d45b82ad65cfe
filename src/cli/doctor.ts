import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { connectTemporal, temporalTarget, type TemporalSettings, type TemporalTarget } from '../clients/temporal';
import { explainTemporalFailure } from '../clients/temporalFailure';
import { readWorkerSettings, SettingsError, type WorkerSettings } from '../config/settings';
import type { HttpObserver } from '../gateways/http';
import { createHiddifyPanel } from '../gateways/hiddify';
import { createTelegramGateway, findUnreachable, readBotStanding } from '../gateways/telegram';
import { createProviders } from '../providers/registry';
import { createFreeGrantsRepository } from '../storage/postgres/freeGrants';
import { createCatalogueRepository } from '../storage/postgres/catalogue';
import { createPanelStandingsRepository } from '../storage/postgres/panelStandings';
import { createPaymentsRepository } from '../storage/postgres/payments';
import { createPool } from '../storage/postgres/pool';
import { compareClock, type ComparedClock } from '../support/doctor/clock';
import { examine, renderFindings, type Finding } from '../support/doctor/findings';
import { examineGonePanels, examinePanel } from '../support/doctor/panels';
import { SCHEDULE_IDS } from '../jobs';
import { examinePostgres, examineRedis, examineTemporal } from '../support/doctor/infrastructure';
import { examineAdmins, examineTelegram, examineProvider, examineTrialChannel } from '../support/doctor/services';
import { examinePublicUrl } from '../support/doctor/publicUrl';
import { examineAccountChange, examineMissingProviders } from '../support/doctor/accountChange';
import { runCommand } from './runCommand';

const USAGE = `Usage: npm run doctor
  Asks everything the shop depends on whether it is there and as it should be, and says what to do. Nothing is changed.
Exit codes: 0 the shop can work, 1 something is broken, 2 the configuration has mistakes.`;

async function main(words: readonly string[]): Promise<number> {
  if (words.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const settings = readWorkerSettings(process.env);
  // Errors of idle connections are ignored, because each check reports what it can't reach.
  const pool = createPool(settings.DATABASE_URL, { max: 2, onError: () => undefined });
  const redis = new Redis(settings.REDIS_URL, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5_000,
  });
  redis.on('error', () => undefined);
  const telegram = { token: settings.BOT_TOKEN, apiRoot: settings.TELEGRAM_API_ROOT, timeoutMs: 10_000 };
  try {
    const findings = await Promise.all([
      examinePostgres(pool),
      redis.connect().then(
        () => examineRedis(redis),
        (error: unknown) => examine('Redis', 'start it, or correct REDIS_URL.', () => Promise.reject(error as Error)),
      ),
      temporal(settings),
      examineTelegram(() => readBotStanding(telegram), settings),
      trialChannel(pool, telegram),
      examineAdmins(() => findUnreachable(telegram, settings.ADMIN_IDS), settings),
      providers(settings),
      accountChanges(settings, pool),
      panels(pool),
      gonePanels(pool),
      examinePublicUrl(settings),
    ]);
    console.log(renderFindings(findings.flat()));
    return findings.flat().some(({ verdict }) => verdict === 'bad') ? 1 : 0;
  } finally {
    redis.disconnect();
    await pool.end();
  }
}

const now = () => new Date();

/** Each provider with a clock of its own: whether links can be paid depends on it. */
async function providers(settings: WorkerSettings): Promise<Finding[]> {
  const clocks = new Map<string, ComparedClock>();
  const observe: HttpObserver = (call) => {
    const clock = clocks.get(call.service) ?? compareClock();
    clocks.set(call.service, clock);
    clock.observe(call);
  };
  const { all } = createProviders({ settings, now, observe });
  const clockOf = (id: string) => ({ findings: (of: string) => clocks.get(id)?.findings(of) ?? [] });
  return (await Promise.all(all.map((provider) => examineProvider(provider, clockOf(provider.id))))).flat();
}

async function accountChanges(settings: WorkerSettings, pool: Pool): Promise<Finding[]> {
  const { all } = createProviders({ settings, now });
  const payments = createPaymentsRepository(pool);
  const present = all.map(({ id }) => id);
  const each = all.map((provider) => examineAccountChange(payments, provider));
  return (await Promise.all([...each, examineMissingProviders(payments, present)])).flat();
}

async function trialChannel(pool: Pool, telegram: Parameters<typeof createTelegramGateway>[0]): Promise<Finding[]> {
  const offer = await createFreeGrantsRepository(pool)
    .trialOffer()
    .catch(() => undefined);
  // The bot's own id is the first part of its token: it is in every channel that it administers.
  const userId = Number.parseInt(telegram.token, 10);
  return examineTrialChannel(offer?.channel ?? null, (chat) =>
    createTelegramGateway(telegram).isMember({ chat, userId }),
  );
}

async function temporal(settings: TemporalSettings): Promise<Finding[]> {
  let target: TemporalTarget;
  try {
    target = temporalTarget(settings);
  } catch (error) {
    return examine('Temporal', 'correct its settings.', () => Promise.reject(error as Error));
  }
  const connected = await connectTemporal(target).catch((error: unknown) => error as Error);
  if (connected instanceof Error)
    return examine('Temporal', 'start it, or correct TEMPORAL_ADDRESS. Payments wait for it; none is lost.', () =>
      Promise.reject(connected),
    );
  try {
    return await examineTemporal(connected.client, SCHEDULE_IDS, (error) =>
      explainTemporalFailure(target.connection, error),
    );
  } finally {
    await connected.close();
  }
}

async function panels(pool: Parameters<typeof createCatalogueRepository>[0]): Promise<Finding[]> {
  // Without PostgreSQL no panel is known; the check of PostgreSQL reports that.
  const known = await createCatalogueRepository(pool)
    .activePanels()
    .catch(() => []);
  return (
    await Promise.all(
      known.map((access) => {
        const clock = compareClock();
        const { adminUrl, apiKey } = access;
        return examinePanel(access, createHiddifyPanel({ adminUrl, apiKey, observe: clock.observe }), clock);
      }),
    )
  ).flat();
}

async function gonePanels(pool: Pool): Promise<Finding[]> {
  return examineGonePanels(
    await createPanelStandingsRepository(pool)
      .list()
      .catch(() => []),
  );
}

runCommand(main, { expected: [SettingsError], failed: 2 });
