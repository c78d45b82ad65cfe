import type { Logger } from '../config/logger';
import { utcDay } from '../domain/duration';
import { accountChangeScreen, missingProviderScreen } from '../messages/screens/accountChange';
import { providerLabel } from '../providers/labels';
import type { WorkerDependencies } from './dependencies';

/**
 * Says at a worker's start, to whoever reads the log and once a day to every owner, that payments are unfinished which were
 * made at another account of their provider: this one does not know them; or whose provider is not set up. Never fails; `npm run doctor` says it, too.
 */
export async function checkAccounts(
  { payments, providers, tellOwners, now }: Pick<WorkerDependencies, 'payments' | 'providers' | 'tellOwners' | 'now'>,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  try {
    for (const { id: provider, account, label, settings } of providers.all)
      for (const other of await payments.unfinishedAtOtherAccounts({ provider, account })) {
        logger.warn(
          { provider, account, otherAccount: other.account, unfinished: other.count },
          'payments of another account are unfinished: this one does not know them; see `npm run doctor`',
        );
        const change = { label, before: other.account, count: other.count, now: account, settings };
        const subject = `account-change:${provider}:${other.account}:${account}:${utcDay(now())}`;
        await tellOwners('attention', subject, (language) => accountChangeScreen(change, language));
      }
    const present = providers.all.map(({ id }) => id);
    for (const { provider, count } of await payments.unfinishedOfOthers(present)) {
      logger.warn({ provider, unfinished: count }, 'payments of a provider that is not set up are unfinished');
      const missing = { label: providerLabel(provider), count };
      await tellOwners('attention', `missing-provider:${provider}:${utcDay(now())}`, (language) =>
        missingProviderScreen(missing, language),
      );
    }
  } catch (error) {
    logger.warn({ reason: (error as Error).message }, 'the owner could not be told of a change of an account');
  }
}
