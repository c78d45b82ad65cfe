import type { Pool } from 'pg';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { createPanelStandingsRepository, type PanelStanding } from '../storage/postgres/panelStandings';
import { inTransaction } from '../storage/postgres/pool';
import type { CatalogueTouch } from '../storage/postgres/applyCatalogue';

/** What an operator says of a panel: it is gone for good, or it is there after all. */
export type PanelDecision = 'gone' | 'back';

export interface PanelServiceDeps {
  readonly pool: Pool;
  /** Makes buyers' screens show the change at once. If Redis can't be reached, the caches expire within minutes. */
  readonly invalidateCatalogue: (touched: CatalogueTouch) => Promise<void>;
  readonly now: () => Date;
}

export type PanelService = ReturnType<typeof createPanelService>;

/** What operators say about panels, in the terminal and in the chat; each decision is written to the audit log. */
export function createPanelService({ pool, invalidateCatalogue, now }: PanelServiceDeps) {
  const standings = createPanelStandingsRepository(pool);
  return {
    list: standings.list,
    byCode: standings.byCode,

    /** @returns how it stands now; `undefined`: already decided so, or there is no such server */
    async decide(code: string, decision: PanelDecision, actor: string): Promise<PanelStanding | undefined> {
      const known = await standings.byCode(code);
      if (!known || (known.goneAt !== null) === (decision === 'gone')) return undefined;
      const { living, deliveries, freeGrants, revocations, abandoned } = known;
      const details = { server: code, living, deliveries, freeGrants, revocations, abandoned };
      const goneAt = decision === 'gone' ? now() : null;
      const isChanged = await inTransaction(pool, async (client) => {
        const decisions = createDecisionsRepository(client);
        if (!(await createPanelStandingsRepository(client).recordGone(code, goneAt))) {
          await decisions.refused(actor, `panel-${decision}`, code, 'decided-before');
          return false;
        }
        await decisions.recordOutcome(await decisions.record(actor, `panel-${decision}`, null, details), 'done');
        return true;
      });
      if (!isChanged) return undefined;
      await invalidateCatalogue({ locationCodes: [known.locationCode], shownInSubscriptions: true });
      return { ...known, goneAt };
    },
  };
}
