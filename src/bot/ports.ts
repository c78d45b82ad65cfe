/** What the bot needs from the rest of the shop. Built in `dependencies.ts`. */

import type { ReferralTerms } from '../domain/referral/referral';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { WakeDeps } from '../clients/wakeByNotification';
import type { GrantWorkflows } from '../clients/grantWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import type { Logger } from '../config/logger';
import type { CatalogueRepository } from '../storage/postgres/catalogue';
import type { DeskAccess } from '../desk/access';
import type { DeskCards } from '../desk/cards';
import type { DeskDaysUseCase } from '../desk/days';
import type { DeskNumbers } from '../desk/numbers';
import type { DeskSearch } from '../desk/search';
import type { FreeGrantsRepository } from '../storage/postgres/freeGrants';
import type { GiftsRepository } from '../storage/postgres/gifts';
import type { NotificationsRepository } from '../storage/postgres/notifications';
import type { OutagesRepository } from '../storage/postgres/outages';
import type { OwedKeysRepository } from '../storage/postgres/owedKeys';
import type { PaymentsRepository } from '../storage/postgres/payments';
import type { PromoOffersRepository } from '../storage/postgres/promo/offers';
import type { ReferralsRepository } from '../storage/postgres/referrals';
import type { StarChargesRepository } from '../storage/postgres/starCharges';
import type { SubscriptionsRepository } from '../storage/postgres/subscriptions';
import type { UsersRepository } from '../storage/postgres/users';
import type { VouchersRepository } from '../storage/postgres/vouchers';
import type { WaitingForPanelRepository } from '../storage/postgres/waitingForPanel';
import type { ChatLock } from '../storage/redis/chatLock';
import type { FsmStore } from '../storage/redis/fsm';
import type { Limiter, Limits } from '../storage/redis/limits';
import type { PaymentDataStore } from '../storage/redis/paymentData';
import type { Guesses } from '../storage/redis/guesses';
import type { Sessions } from '../storage/redis/sessions';
import type { UpdateDedup } from '../storage/redis/updateDedup';
import type { DeskDialogState } from './deskDialog';
import type { DialogState } from './dialog';
import type { BotMetrics } from './metrics';
import type { CachedQueries } from './cachedQueries';
import type { AcceptedContact } from '../domain/receiptContact';
import type { BuyerRefundRule } from '../domain/refund';
import type { DecideWaiting } from '../support/decideWaiting';
import type { PeopleDesk } from '../desk/people';
import type { PanelService } from '../support/panelService';
import type { GrantSupport } from '../support/grantSupport';
import type { SupportService } from '../support/supportService';
import type { ShopCounts } from '../storage/postgres/shopCounts';
import type { TemporalUi } from '../messages/screens/webUi';

export type PaymentsPort = Pick<
  PaymentsRepository,
  | 'open'
  | 'byId'
  | 'byProviderRef'
  | 'chatOf'
  | 'ofUser'
  | 'ofSubscription'
  | 'usageOf'
  | 'setScreenMessage'
  | 'unseenScreens'
>;
export type WorkflowsPort = Pick<
  PaymentWorkflows,
  'ensureRunning' | 'notified' | 'buyerSaysPaid' | 'buyerCancels' | 'decideDelay'
>;
export type Dialogs = FsmStore<DialogState>;

export interface BotDeps {
  readonly token: string;
  /** `https://api.telegram.org`, or the address of a stand-in. */
  readonly apiRoot: string;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly adminIds: readonly number[];
  readonly publicUrl: string | undefined;
  /** For the owner's links to workflows; `undefined` where no Web UI is configured. */
  readonly temporalUi: TemporalUi | undefined;
  readonly metrics: BotMetrics;
  /** In ms, see `autoAnswerCallback`. */
  readonly answerAfterMs?: number | undefined;

  readonly cachedQueries: CachedQueries;
  readonly users: Pick<
    UsersRepository,
    'setLanguage' | 'setReachable' | 'recordSeen' | 'receiptContact' | 'setReceiptContact'
  >;
  readonly subscriptions: Pick<SubscriptionsRepository, 'byId' | 'entriesOf'>;
  readonly owedKeys: Pick<OwedKeysRepository, 'ofUser' | 'toSend'>;
  readonly notifications: Pick<NotificationsRepository, 'recordKeySent'>;
  readonly payments: PaymentsPort;
  readonly shopCounts: () => Promise<ShopCounts>;
  readonly paymentWorkflows: WorkflowsPort;
  readonly refundWorkflows: Pick<RefundWorkflows, 'request' | 'notify'>;
  /** What was paid in Telegram Stars. */
  readonly starCharges: Pick<StarChargesRepository, 'record' | 'recordRefunded'>;
  /** Whether this refund of a provider's is known, and made. */
  readonly hasSucceededRefund: WakeDeps['hasSucceededRefund'];
  readonly freeGrants: Pick<
    FreeGrantsRepository,
    'trialOffer' | 'trialOfferFor' | 'trialOf' | 'counted' | 'unseen' | 'recordShownIn'
  >;
  readonly grantWorkflows: Pick<GrantWorkflows, 'ask' | 'showIn' | 'changeServer'>;
  readonly referrals: Pick<ReferralsRepository, 'code' | 'standing' | 'hasRewardVoucher' | 'claim' | 'invitation'>;
  /** What a friend's first purchase brings each of the two; 0: nothing. */
  readonly referralDays: number;
  readonly referralTerms: ReferralTerms;
  /** Whether a gift for somebody else can be ordered; what was bought can be claimed all the same. */
  readonly sellsGifts: boolean;
  readonly vouchers: Pick<VouchersRepository, 'byCode' | 'hasAnotherOf'>;
  readonly gifts: Pick<GiftsRepository, 'byId' | 'sentBy' | 'giversOf'>;
  /** Where the shop's cash desk can send receipts (54-FZ); `undefined`: it makes none. */
  readonly acceptedContact: AcceptedContact | undefined;
  /** When a buyer may have a refund without an operator. */
  readonly buyerRule: BuyerRefundRule;
  /** What admins read and decide about a payment. */
  readonly grantSupport: GrantSupport;
  readonly support: Pick<SupportService, 'find' | 'given' | 'byId' | 'timeline' | 'options' | 'whyNot' | 'decide'>;
  /** What admins do with one person. */
  readonly peopleDesk: PeopleDesk;
  /** Who may do what at the owner's desk. */
  readonly deskAccess: DeskAccess;
  readonly deskSearch: DeskSearch;
  readonly deskCards: DeskCards;
  readonly deskDays: DeskDaysUseCase;
  readonly deskNumbers: DeskNumbers;
  /** What the desk has asked its people to write. */
  readonly deskDialogs: FsmStore<DeskDialogState>;
  /** What admins say about panels. */
  readonly panels: PanelService;

  /** What admins read and decide about a server whose panel makes no keys. */
  readonly outages: Pick<OutagesRepository, 'newestOf'>;
  readonly waitingForPanel: Pick<WaitingForPanelRepository, 'of' | 'orders'>;
  readonly catalogue: Pick<CatalogueRepository, 'setSaleStopped' | 'serversInTrouble' | 'troubles'>;
  readonly decideWaiting: DecideWaiting;

  readonly promoOffers: PromoOffersRepository;
  /** Who has tried too many wrong promo codes. */
  readonly promoGuesses: Guesses;

  readonly dialogs: Dialogs;
  readonly sessions: Sessions;
  readonly paymentData: Pick<PaymentDataStore, 'put' | 'byPaymentId'>;
  readonly limits: Limits;
  /** How often the button "I have paid" may have the provider asked, per user. */
  readonly checkLimit: Limiter;
  /** Wrong codes of vouchers. */
  readonly voucherGuesses: Guesses;
  readonly chatLock: ChatLock;
  readonly updateDedup: UpdateDedup;
}

/** Writes to the log what could not be done, and why. */
export type Log = (error: unknown, message: string) => void;
