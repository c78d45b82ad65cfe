import { NO_LIMITS } from '../../domain/grant';
import { assertNever } from '../../domain/assertNever';
import type { UndeliveredGrant } from '../../storage/postgres/freeGrants';
import type { GrantRequest } from '../../workflows/contracts/grant';
import type { ReconciliationDependencies } from './dependencies';
import { NONE, type Healed } from './heal';

const PAGE_ROWS = 100;

/**
 * One page of free grants that were given and not delivered: each must have a running workflow.
 */
export async function healFreeGrants(
  { freeGrants, grantWorkflows }: Pick<ReconciliationDependencies, 'freeGrants' | 'grantWorkflows'>,
  before: Date,
  after: string | null,
): Promise<Healed> {
  const workflows = grantWorkflows();
  let started = 0;
  const rows = await freeGrants.undelivered({ before, after, limit: PAGE_ROWS });
  for (const grant of rows) {
    const request = requestOf(grant);
    if (await workflows.isRunning(request)) continue;
    await workflows.ensureRunning(request);
    started += 1;
  }
  const next = rows.length === PAGE_ROWS ? rows.at(-1)!.id : null;
  return { ...NONE, checked: rows.length, delayed: rows.length, started, next };
}

/** What finds it again: what was offered does not matter any more. */
function requestOf(given: UndeliveredGrant): GrantRequest {
  const { kind, source, userId, locationCode, subscriptionId, makesKey } = given;
  const askedAt = 0;
  const found = { source, userId, locationCode, grant: { days: 0, ...NO_LIMITS } };
  switch (kind) {
    case 'trial':
      return { kind, ...found, keep: true };
    case 'promo':
      return {
        ...{ kind, ...found, code: '', planCode: null, serverCode: null, askedAt },
        renewsSubscriptionId: makesKey ? null : subscriptionId,
      };
    case 'referral':
    case 'compensation':
    case 'owner':
      return { kind, source, userId };
    case 'gift':
      return { kind, source, userId, place: makesKey ? { locationCode } : { subscriptionId }, terms: null, askedAt };
    default:
      return assertNever(kind);
  }
}
