/** `npm run catalog -- gone SERVER` and `-- back SERVER`: what an operator says of a panel. */
import { requireSchema } from '../storage/postgres/migrate';
import type { CatalogueTouch } from '../storage/postgres/applyCatalogue';
import type { PanelStanding } from '../storage/postgres/panelStandings';
import { createPanelService, type PanelDecision } from '../support/panelService';
import { withDatabase } from './withDatabase';

const MEANING: Readonly<Record<PanelDecision, (standing: PanelStanding) => string>> = {
  gone: ({ code, living, deliveries, freeGrants, revocations }) =>
    [
      `The panel of ${code} is gone for good: nothing is sold from it, delivered to it or asked of it any more.`,
      `  ${deliveries} paid purchases without a key get one on another server of the location, or their money back.`,
      `  ${freeGrants} free grants without a key get one there, or are revoked, so that they can be had again.`,
      `  ${revocations} revocations end; whether those accounts are removed will not be known.`,
      `  ${living} living subscriptions have no access then: refund what is left of them.`,
    ].join('\n'),
  back: ({ code, abandoned }) =>
    [
      `The panel of ${code} is there after all: it is sold from again if the catalogue says so and nobody has stopped it.`,
      `  ${abandoned} revocations that were given up are open again; the next panel sync tells the panel.`,
      '  Refunds and other servers that were decided meanwhile stay.',
    ].join('\n'),
};

/**
 * Prints what the decision means, and makes it when it is confirmed.
 * @param isConfirmed `--yes`
 * @returns the exit code
 */
export async function decidePanel(
  decision: PanelDecision,
  code: string,
  options: {
    readonly isConfirmed: boolean;
    readonly actor: string;
    readonly tellCaches: (touched: CatalogueTouch) => Promise<void>;
  },
): Promise<number> {
  return withDatabase(async (pool) => {
    await requireSchema(pool);
    const panels = createPanelService({ pool, invalidateCatalogue: options.tellCaches, now: () => new Date() });
    const standing = await panels.byCode(code);
    if (standing === undefined) {
      console.error(`There is no server ${code} in the catalogue.`);
      return 1;
    }
    if ((standing.goneAt !== null) === (decision === 'gone')) {
      console.error(
        `Nothing was changed: the panel of ${code} is ${standing.goneAt ? 'gone for good already' : 'not gone'}.`,
      );
      return 1;
    }
    console.log(MEANING[decision](standing));
    if (!options.isConfirmed) {
      console.log('Nothing was changed yet. If this is meant, run the same command again with --yes.');
      return 1;
    }
    if ((await panels.decide(code, decision, options.actor)) === undefined) {
      const isGone = (await panels.byCode(code))?.goneAt !== null;
      console.error(
        (isGone === (decision === 'gone')
          ? `Somebody else has said so first: the panel of ${code} is ${isGone ? 'gone for good' : 'there after all'}.`
          : `It was decided otherwise meanwhile: the panel of ${code} is ${isGone ? 'gone for good' : 'not gone'}.`) +
          ' This command has changed nothing; the audit log says who did what.',
      );
      return 1;
    }
    console.log(`Done, written to the audit log as ${options.actor}.`);
    return 0;
  });
}
