import { createHash } from 'node:crypto';
import { withHeartbeat } from '../../activities/heartbeat';
import type { TellOwners } from '../../activities/ownerNotice';
import type { Settings } from '../../config/settings';
import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import { auditNoticeScreen } from '../../messages/screens/auditNotice';
import type { JobResultsRepository } from '../../storage/postgres/jobResults';
import type { AuditSources } from '../../support/audit/collect';
import type { Difference } from '../../support/audit/ledger';
import { runAudit } from '../../support/audit/run';
import type { AuditActivities, AuditSummary } from './contract';

export interface AuditDependencies {
  readonly settings: Pick<Settings, 'REFUND_AFTER' | 'SUBSCRIPTION_GRACE'>;
  /** Called inside an activity: workflows are asked through the worker's own connection. */
  readonly auditSources: () => AuditSources;
  readonly jobResults: Pick<JobResultsRepository, 'record'>;
  readonly tellOwners: TellOwners;
  readonly now: () => Date;
  /** See `AuditOptions`; other than the default only in tests. */
  readonly secondLookMs?: number;
}

/** Unfinished payments and living subscriptions count however old they are. */
const SPAN_MS = 14 * DAY_MS;
/** How long a step may take before its absence is a difference, as in `npm run audit`. */
const GRACE_MS = 10 * MINUTE_MS;

export function createAuditActivities({
  settings,
  auditSources,
  jobResults,
  tellOwners,
  now,
  secondLookMs,
}: AuditDependencies): { main: AuditActivities } {
  return {
    main: {
      compareBooks: () =>
        withHeartbeat<undefined, AuditSummary>(async () => {
          const since = new Date(now().getTime() - SPAN_MS);
          const rules = {
            since,
            graceMs: GRACE_MS,
            refundAfterMs: settings.REFUND_AFTER,
            subscriptionGraceMs: settings.SUBSCRIPTION_GRACE,
            now,
          };
          const { differences, totals, counted } = await runAudit(auditSources(), {
            ...rules,
            ...(secondLookMs === undefined ? {} : { secondLookMs }),
          });
          const counts: Record<string, number> = {};
          for (const { kind } of differences) counts[kind] = (counts[kind] ?? 0) + 1;
          const found = { differences: counts, unaccountedKopecks: totals.unaccounted };
          await jobResults.record('audit', now(), found);
          if (differences.length > 0)
            await tellOwners('audit', fingerprint(differences), (language) => auditNoticeScreen(differences, language));
          return { payments: counted.payments, ...found };
        }),
    },
  };
}

/** The same differences are told once; one more, or one less, makes another message. */
function fingerprint(differences: readonly Difference[]): string {
  const lines = differences
    .map(({ kind, ids }) => JSON.stringify([kind, Object.entries(ids).toSorted(([a], [b]) => a.localeCompare(b))]))
    .toSorted();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32);
}
