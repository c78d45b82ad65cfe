import { createGrantWorkflows } from '../clients/grantWorkflows';
import { connectTemporal, temporalTarget } from '../clients/temporal';
import { readSomeSettings, SettingsError, TEMPORAL_SETTINGS } from '../config/settings';
import { createFreeGrantsRepository } from '../storage/postgres/freeGrants';
import { requireSchema, UnusableDatabaseError } from '../storage/postgres/migrate';
import type { ByHandGrantRequest } from '../workflows/contracts/grant';
import { parseGrantsArguments, USAGE } from './grantsArguments';
import { runCommand } from './runCommand';
import { withDatabase } from './withDatabase';

const WHY_NOT = {
  unknown: 'There is no such subscription.',
  unavailable:
    'It does not live, its key was never made, or its panel is gone for good. For its person: npm run vouchers',
  'limit-reached': 'Panels count no further than it would go then.',
} as const;

async function main(words: readonly string[]): Promise<number> {
  const given = parseGrantsArguments(words);
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  const settings = readSomeSettings(TEMPORAL_SETTINGS, process.env);
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    const answer = await createFreeGrantsRepository(pool).giveByHand(given, new Date());
    if (answer.outcome === 'refused') {
      console.error(`${WHY_NOT[answer.why]} Nothing was changed.`);
      return 1;
    }
    const { kind, days, note, subscriptionId, actor } = given;
    console.log(
      answer.isNew
        ? `${days} days were added to ${subscriptionId}, written to the audit log as ${actor}.`
        : `${days} days with the note "${note}" were given before: nothing was changed.`,
    );
    console.log(await deliver({ kind, source: answer.source, userId: answer.userId! }, settings));
    return 0;
  });
}

/** Has the panel told now. What is not begun here reconciliation begins. */
async function deliver(request: ByHandGrantRequest, settings: Parameters<typeof temporalTarget>[0]): Promise<string> {
  const temporal = await connectTemporal(temporalTarget(settings)).catch(() => undefined);
  try {
    if (!temporal) throw new Error('Temporal does not answer');
    await createGrantWorkflows(temporal.client).ensureRunning(request);
    return 'The panel is told now.';
  } catch {
    return 'Temporal does not answer: the panel is told within half an hour of its return.';
  } finally {
    await temporal?.close();
  }
}

runCommand(main, { expected: [SettingsError, UnusableDatabaseError] });
