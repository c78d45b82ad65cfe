/**
 * Reads all panels once, as a worker does, and prints what it took. `bulk`: as the shop writes; `row`: a statement for
 * each account.
 */
import { readPanel } from '../../src/jobs/panelSync/readPanel';
import { createHiddifyPanel } from '../../src/gateways/hiddify';
import { createPanelSyncRepository, type ShownUsage } from '../../src/storage/postgres/panelSync';
import { createPool } from '../../src/storage/postgres/pool';

async function main(): Promise<void> {
  const [how, databaseUrl, panelsJson] = process.argv.slice(2) as [string, string, string];
  const pool = createPool(databaseUrl, { onError: () => undefined });
  const repository = createPanelSyncRepository(pool);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
  let writeMs = 0;
  const timed = async (work: () => Promise<number>): Promise<number> => {
    const begun = performance.now();
    const written = await work();
    writeMs += performance.now() - begun;
    return written;
  };
  const writeUsage =
    how === 'row'
      ? (shown: readonly ShownUsage[]) => timed(() => rowByRow(pool, shown))
      : (shown: readonly ShownUsage[]) => timed(() => repository.writeUsage(shown));
  const begun = performance.now();
  const readings = await Promise.all(
    (JSON.parse(panelsJson) as { adminUrl: string; apiKey: string }[]).map(async ({ adminUrl, apiKey }, i) => {
      const accounts = await createHiddifyPanel({ adminUrl, apiKey }).readAccounts(async () => []);
      return readPanel({ ...repository, writeUsage }, accounts, {
        serverCode: `s${i}`,
        runId: `${how}-${begun}`,
        maxShare: 0.2,
        graceMs: 0,
        now: new Date(),
      });
    }),
  );
  const ms = performance.now() - begun;
  clearInterval(watch);
  const sum = (of: (one: (typeof readings)[number]) => number) => readings.reduce((total, one) => total + of(one), 0);
  console.log(
    JSON.stringify({
      ms,
      writeMs: writeMs / readings.length,
      rows: sum(({ theirs }) => theirs),
      written: sum(({ written }) => written),
      repairs: sum(({ repairs }) => repairs),
      peak: Math.max(peak, process.memoryUsage().rss),
    }),
  );
  await pool.end();
}

async function rowByRow(pool: ReturnType<typeof createPool>, shown: readonly ShownUsage[]): Promise<number> {
  let written = 0;
  for (const one of shown) {
    const { rowCount } = await pool.query(
      `INSERT INTO subscription_usage AS u (subscription_id, used_gb, panel_enabled, panel_active, last_online) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (subscription_id) DO UPDATE SET used_gb = excluded.used_gb, panel_enabled = excluded.panel_enabled, panel_active = excluded.panel_active, last_online = excluded.last_online, changed_at = now()
         WHERE (u.used_gb, u.panel_enabled, u.panel_active, u.last_online) IS DISTINCT FROM (excluded.used_gb, excluded.panel_enabled, excluded.panel_active, excluded.last_online)`,
      [one.subscriptionId, one.usedGb, one.enabled, one.active, one.lastOnline],
    );
    written += rowCount ?? 0;
  }
  return written;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
