import type { BotDeps } from '../ports';
import type { PurchaseDialog } from '../useCases/purchaseDialog';
import type { BuyerRefunds } from '../useCases/buyerRefund';
import type { GrantServers } from '../useCases/grantServers';
import type { Gifts } from '../useCases/gifts';
import type { Paying } from '../useCases/pay';
import type { Promos } from '../useCases/promo';
import type { ReceiptContacts } from '../useCases/receiptContacts';
import type { Trials } from '../useCases/trial';
import type { Vouchers } from '../useCases/vouchers';
import type { PaymentScreens } from './paymentScreens';

/** What the features use. */
export interface Features extends Pick<
  BotDeps,
  | 'sessions'
  | 'dialogs'
  | 'cachedQueries'
  | 'users'
  | 'subscriptions'
  | 'adminIds'
  | 'deskAccess'
  | 'deskSearch'
  | 'deskCards'
  | 'deskDays'
  | 'deskNumbers'
  | 'deskDialogs'
  | 'publicUrl'
  | 'temporalUi'
  | 'now'
  | 'shopCounts'
  | 'support'
  | 'grantSupport'
  | 'outages'
  | 'waitingForPanel'
  | 'catalogue'
  | 'decideWaiting'
  | 'panels'
  | 'peopleDesk'
  | 'referrals'
  | 'referralDays'
  | 'referralTerms'
  | 'sellsGifts'
> {
  readonly receiptContacts: ReceiptContacts;
  readonly promos: Promos;
  readonly purchaseDialog: PurchaseDialog;
  readonly paying: Paying;
  readonly buyerRefunds: BuyerRefunds;
  readonly gifts: Gifts;
  readonly grantServers: GrantServers;
  readonly paymentScreens: PaymentScreens;
  readonly trials: Trials;
  readonly vouchers: Vouchers;
}
