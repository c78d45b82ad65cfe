/** The book of grants against what is recorded and what was paid, as the audit compares them. */
import type { Pool } from 'pg';
import { createAuditRepository } from '../../../src/storage/postgres/audit';
import { compareGrants } from '../../../src/support/audit/grants';
import type { Difference } from '../../../src/support/audit/differences';
import { groupBy } from '../../../src/support/audit/ledger';
import { compareTaken } from '../../../src/support/audit/takenAgain';

/** @param subscriptionId only of this one */
export async function bookDifferences(pool: Pool, subscriptionId?: string): Promise<Difference[]> {
  const repository = createAuditRepository(pool);
  const since = new Date(0);
  const subscriptions = (await repository.subscriptions(since)).filter(
    ({ id }) => subscriptionId === undefined || id === subscriptionId,
  );
  const payments = await repository.payments(since);
  const entries = await repository.entries(subscriptions.map(({ id }) => id));
  const freeGrants = await repository.freeGrants(subscriptions.map(({ id }) => id));
  const ownersOf = groupBy(
    payments.filter((payment) => payment.subscriptionId !== null),
    (payment) => payment.subscriptionId!,
  );
  const promoUses = await repository.promoUses(since);
  const gifts = await repository.gifts(since);
  return [
    ...compareGrants({ subscriptions, entries, promoUses, freeGrants }, ownersOf).differences,
    ...compareTaken({ payments, entries, promoUses, freeGrants, gifts }, ({ priceKopecks }) => priceKopecks),
  ];
}
