import type { Chat } from '../../activities/chat';
import type { TellGiver } from '../../activities/giftNotice';
import type { ShowUnseenGrants } from '../../activities/unseenGrants';
import type { SendKey } from '../../activities/sendKey';
import type { TellOwners } from '../../activities/ownerNotice';
import type { GiftWorkflows } from '../../clients/giftWorkflows';
import type { GrantWorkflows } from '../../clients/grantWorkflows';
import type { PaymentWorkflowClient } from '../../clients/paymentWorkflowClient';
import type { TemporalUi } from '../../messages/screens/webUi';
import type { Providers } from '../../providers/registry';
import type { FreeGrantsRepository } from '../../storage/postgres/freeGrants';
import type { GiftsRepository } from '../../storage/postgres/gifts';
import type { JobResultsRepository } from '../../storage/postgres/jobResults';
import type { Installation } from '../../storage/postgres/installation';
import type { OwedKeysRepository } from '../../storage/postgres/owedKeys';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { UsersRepository } from '../../storage/postgres/users';
import type { WebhookEventsRepository } from '../../storage/postgres/webhookEvents';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';

export interface ReconciliationDependencies {
  readonly providers: Providers;
  readonly payments: PaymentsRepository;
  readonly installation: Installation;
  readonly reconciliation: ReconciliationRepository;
  readonly webhookEvents: WebhookEventsRepository;
  readonly jobResults: Pick<JobResultsRepository, 'record'>;
  /** Called inside an activity, where it uses the worker's own client. */
  readonly paymentWorkflowClient: () => PaymentWorkflowClient;
  /** As `paymentWorkflowClient`. */
  readonly grantWorkflows: () => Pick<GrantWorkflows, 'isRunning' | 'ensureRunning'>;
  readonly freeGrants: Pick<FreeGrantsRepository, 'undelivered'>;
  readonly gifts: Pick<GiftsRepository, 'waiting' | 'owedNotices' | 'byId'>;
  readonly tellGiver: TellGiver;
  /** As `paymentWorkflowClient`. */
  readonly giftWorkflows: () => Pick<GiftWorkflows, 'isRunning' | 'ensureRunning'>;
  readonly tellOwners: TellOwners;
  readonly temporalUi: TemporalUi | undefined;
  readonly owedKeys: Pick<OwedKeysRepository, 'page'>;
  readonly chat: Chat;
  readonly sendKey: SendKey;
  readonly showUnseenGrants: ShowUnseenGrants;
  readonly users: Pick<UsersRepository, 'withUnseen' | 'recordSeen'>;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase'>;
  readonly now: () => Date;
}
