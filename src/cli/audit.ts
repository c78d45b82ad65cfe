import { DAY_MS } from '../domain/duration';
import { connectTemporal, temporalTarget, type TemporalClient } from '../clients/temporal';
import { UnusableTemporalError } from '../clients/temporalFailure';
import { PROVIDER_SETTINGS, readSomeSettings, SettingsError, TEMPORAL_SETTINGS } from '../config/settings';
import { parseDuration } from '../domain/duration';
import { createHiddifyPanel } from '../gateways/hiddify';
import { createProviders } from '../providers/registry';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createPool } from '../storage/postgres/pool';
import { CannotCompareError } from '../support/audit/collect';
import { renderAudit } from '../support/audit/report';
import { runAudit } from '../support/audit/run';
import { createAuditSources } from '../support/audit/sources';
import { runCommand } from './runCommand';

const USAGE = `Usage: npm run audit [-- --span 90d] [--grace 10m] [--no-temporal] [--json]
  Compares the payment providers, PostgreSQL and the panels; every difference is printed. Nothing is changed.
  --span   how far back (90d; unfinished payments and living subscriptions always count)
  --grace  how long a step may take before its absence is a difference (10m)
Exit codes: 0 no differences, 1 differences, 2 could not compare.`;

interface Arguments {
  readonly spanMs: number;
  readonly graceMs: number;
  readonly temporal: boolean;
  readonly json: boolean;
}

function parseArguments(words: readonly string[]): Arguments | undefined {
  let given: Arguments = { spanMs: 90 * DAY_MS, graceMs: 600_000, temporal: true, json: false };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === '--no-temporal') given = { ...given, temporal: false };
    else if (word === '--json') given = { ...given, json: true };
    else if (word === '--span' || word === '--grace') {
      const ms = parseDuration(words[(at += 1)] ?? '');
      if (ms === undefined) return undefined;
      given = { ...given, [word === '--span' ? 'spanMs' : 'graceMs']: ms };
    } else return undefined;
  }
  return given;
}

async function main(words: readonly string[]): Promise<number> {
  const given = parseArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  // No more than it reads: a copy that was just put back is compared before the shop's other services are there.
  const names = [
    'DATABASE_URL',
    ...PROVIDER_SETTINGS,
    ...TEMPORAL_SETTINGS,
    'REFUND_AFTER',
    'SUBSCRIPTION_GRACE',
  ] as const;
  const settings = readSomeSettings(names, process.env);
  const pool = createPool(settings.DATABASE_URL, {
    max: 2,
    onError: (error) => console.error(`PostgreSQL: ${error.message}`),
  });
  let temporal: TemporalClient | undefined;
  try {
    await requireSchema(pool).catch((error: unknown) => {
      throw error instanceof UnusableDatabaseError ? error : new CannotCompareError('PostgreSQL', error);
    });
    if (given.temporal)
      temporal = await connectTemporal(temporalTarget(settings)).catch((error: unknown) =>
        Promise.reject(error instanceof UnusableTemporalError ? error : new CannotCompareError('Temporal', error)),
      );
    const sources = createAuditSources(
      {
        providers: createProviders({ settings, now: () => new Date() }).all,
        panelOf: ({ adminUrl, apiKey }) => createHiddifyPanel({ adminUrl, apiKey }),
      },
      pool,
      temporal?.client,
    );
    const now = new Date();
    const since = new Date(now.getTime() - given.spanMs);
    const result = await runAudit(sources, {
      since,
      graceMs: given.graceMs,
      refundAfterMs: settings.REFUND_AFTER,
      subscriptionGraceMs: settings.SUBSCRIPTION_GRACE,
      now: () => new Date(),
    });
    console.log(given.json ? JSON.stringify(result) : renderAudit(result, { since, now }));
    return result.differences.length === 0 ? 0 : 1;
  } finally {
    await temporal?.close();
    await pool.end();
  }
}

runCommand(main, {
  expected: [CannotCompareError, SettingsError, UnusableDatabaseError, UnusableTemporalError],
  failed: 2,
});
