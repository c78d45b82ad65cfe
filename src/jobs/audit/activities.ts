import { createHash } from 'node:crypto';
import type { TellOwners } from '../../activities/ownerNotice';
import type { Settings } from '../../config/settings';
import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import { auditNoticeScreen } from '../../messages/screens/auditNotice';
import type { JobResultsRepository } from '../../storage/postgres/jobResults';
import type { AuditSources } from '../../support/audit/collect';
import type { Difference } from '../../support/audit/differences';
import { runAudit } from '../../support/audit/run';
import type { Totals } from '../../support/audit/totals';
import type { AuditActivities } from './contract';

export interface AuditDependencies {
  readonly settings: Pick<Settings, 'REFUND_AFTER' | 'SUBSCRIPTION_GRACE'>;
  /** Called inside an activity: workflows are asked through the worker's own connection. */
  readonly auditSources: () => AuditSources;
  readonly jobResults: Pick<JobResultsRepository, 'record' | 'of'>;
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
  /** Since when, ISO 8601, every run has found the same: what was gone and comes back is told again. */
  async function stateSince(state: string): Promise<{ state: string; foundSince: string }> {
    const before = await jobResults.of('audit');
    const isSame = before?.['state'] === state && typeof before['foundSince'] === 'string';
    return { state, foundSince: isSame ? String(before['foundSince']) : now().toISOString() };
  }

  return {
    main: {
      async compareBooks() {
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
        const found = { differences: counts, unaccounted: unaccountedOf(totals) };
        const { state, foundSince } = await stateSince(fingerprint(differences));
        await jobResults.record('audit', now(), { ...found, state, foundSince });
        if (differences.length > 0)
          await tellOwners('audit', `${state}:${foundSince}`, (language) => auditNoticeScreen(differences, language));
        return { payments: counted.payments, ...found };
      },
    },
  };
}

function unaccountedOf(totals: readonly Totals[]): Record<string, number> {
  const found = totals.filter(({ unaccounted }) => unaccounted !== 0);
  return Object.fromEntries(
    found.map(({ provider, currency, unaccounted }) => [`${provider} ${currency}`, unaccounted]),
  );
}

/** Of what was found: the same differences are told once; one more, or one less, makes another message. */
function fingerprint(differences: readonly Difference[]): string {
  const lines = differences
    .map(({ kind, ids }) => JSON.stringify([kind, Object.entries(ids).toSorted(([a], [b]) => a.localeCompare(b))]))
    .toSorted();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32);
}
