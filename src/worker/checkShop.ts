import type { Logger } from '../config/logger';
import { shopChangeScreen } from '../messages/screens/shopChange';
import type { WorkerDependencies } from './dependencies';

/**
 * Says at a worker's start, to whoever reads the log and once to every owner, that payments are unfinished which were
 * made at another shop of YooKassa: this one does not know them. Never fails; `npm run doctor` says it, too.
 */
export async function checkShop(
  { payments, tellOwners }: Pick<WorkerDependencies, 'payments' | 'tellOwners'>,
  shopId: string,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  try {
    for (const other of await payments.unfinishedAtOtherShops(shopId)) {
      logger.warn(
        { shopId, otherShopId: other.shopId, unfinished: other.count },
        'payments of another YooKassa shop are unfinished: this shop does not know them; see `npm run doctor`',
      );
      await tellOwners('attention', `shop-change:${other.shopId}:${shopId}`, (language) =>
        shopChangeScreen({ ...other, now: shopId }, language),
      );
    }
  } catch (error) {
    logger.warn({ reason: (error as Error).message }, 'the owner could not be told of a change of the YooKassa shop');
  }
}
