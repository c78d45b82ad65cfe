/** A change of a provider's account while payments of the old one are unfinished. */
import type { ProviderId } from '../../domain/provider';
import { providerLabel } from '../../providers/labels';
import type { PaymentProvider } from '../../providers/port';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import { examine, type Finding } from './findings';

export function examineAccountChange(
  payments: Pick<PaymentsRepository, 'unfinishedAtOtherAccounts'>,
  { id: provider, label, account, settings }: Pick<PaymentProvider, 'id' | 'label' | 'account' | 'settings'>,
): Promise<Finding[]> {
  return examine(`${label.en} account`, 'see the check of PostgreSQL.', async () => {
    const elsewhere = await payments.unfinishedAtOtherAccounts({ provider, account });
    if (elsewhere.length === 0) return [{ verdict: 'good', what: 'every unfinished payment was made at this account' }];
    return elsewhere.map((other) => ({
      verdict: 'warning',
      what:
        `unfinished payments that were made at the account ${other.account}: ${other.count}; it is ${account} now ` +
        'and does not know them: their money is neither seen nor refunded',
      next:
        `set ${settings.join(' and ')} back until they have ended, or look into the old account's cabinet and close ` +
        'each: npm run payment -- close ID.',
    }));
  });
}

/** Payments of providers that are not set up. @param present those that are */
export function examineMissingProviders(
  payments: Pick<PaymentsRepository, 'unfinishedOfOthers'>,
  present: readonly ProviderId[],
): Promise<Finding[]> {
  return examine('providers', 'see the check of PostgreSQL.', async () => {
    const missing = await payments.unfinishedOfOthers(present);
    return missing.map(({ provider, count }) => ({
      verdict: 'warning',
      what:
        `${providerLabel(provider).en} is not set up, and has unfinished payments: ${count}; their money is neither ` +
        'seen nor refunded',
      next: 'set its settings back until they have ended.',
    }));
  });
}
