import { NO_LIMITS } from '../../domain/grant';
import { assertNever } from '../../domain/assertNever';
import type { UndeliveredGrant } from '../../storage/postgres/freeGrants';
import type { GrantRequest } from '../../workflows/contracts/grant';
import type { ReconciliationDependencies } from './dependencies';

const PAGE_ROWS = 100;

/** Free grants that were given and not delivered, and have no workflow. @returns how many got one */
export async function healFreeGrants(
  { freeGrants, grantWorkflows }: Pick<ReconciliationDependencies, 'freeGrants' | 'grantWorkflows'>,
  before: Date,
): Promise<number> {
  const workflows = grantWorkflows();
  let started = 0;
  for (const grant of await freeGrants.undelivered(before, PAGE_ROWS)) {
    const request = requestOf(grant);
    if (await workflows.isRunning(request)) continue;
    await workflows.ensureRunning(request);
    started += 1;
  }
  return started;
}

/** What finds it again: what was offered does not matter any more. */
function requestOf(given: UndeliveredGrant): GrantRequest {
  const { kind, source, userId, locationCode, renewsSubscriptionId } = given;
  const found = { source, userId, locationCode, grant: { days: 0, ...NO_LIMITS } };
  switch (kind) {
    case 'trial':
      return { kind, ...found };
    case 'promo':
      return { kind, ...found, renewsSubscriptionId, code: '', planCode: null, serverCode: null };
    case 'referral':
      return { kind, source, userId };
    case 'gift':
      return { kind, source, userId, place: { locationCode } };
    default:
      return assertNever(kind);
  }
}
