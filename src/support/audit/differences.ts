/**
 * The differences that the audit knows, and how one of them is reported; owners read of them in words (`audit-kind`).
 */
import type { ProviderId } from '../../domain/provider';

export const DIFFERENCES = {
  'money-without-record': 'money came for a payment that the database does not know',
  'money-not-noticed': 'the provider has the money, the database still waits for it',
  'money-after-the-end': 'the provider has the money, the database says it never came',
  'no-money-behind-it': 'the database says paid, the provider does not',
  'not-at-provider': 'the provider does not know this payment',
  'wrong-amount': 'the money is not what was asked for',
  'wrong-price': 'the discount and what was asked for are not the base price',
  'promo-oversold': 'a promo code was used more often than it may be',
  'wrong-promo-use': 'the use of a promo code is not what its order says',
  'other-than-confirmed': 'the order is not what the buyer confirmed',
  'doubled-link': 'a second link for the same purchase can still be paid',
  'doubled-charge': 'the same purchase was paid twice and the second money was not returned',
  'refund-missing': 'the database says refunded, the provider does not',
  'refund-not-recorded': 'the provider has a refund that the database does not know',
  'refund-refused': 'the provider refused the refund; an operator must decide',
  'refund-amount': 'the refund differs between the provider and the database',
  'end-not-noticed': 'the provider has closed the payment, the database still waits',
  stuck: 'it takes longer than it should',
  'no-workflow': 'it is unfinished and no workflow runs for it',
  'issued-without-subscription': 'delivered according to the database, but there is no active subscription',
  'subscription-without-money': 'an active subscription that is not paid for',
  'wrong-term': 'the subscription is not what its entries in the book of grants come to',
  'grant-missing': 'money came for access that is not in the book of grants',
  'grant-without-money': 'the book of grants gives access that nobody paid for and nobody was given',
  'wrong-grant': 'the book of grants gives or takes something else than was paid for or refunded',
  'wrong-voucher': 'what was claimed with a voucher is not what it gives',
  'wrong-reward': 'a reward for a friend is not what the book of grants has of it',
  'gift-missing': 'a gift was paid for, and there is nothing to be claimed',
  'wrong-gift': 'a gift is not what its order says',
  'account-missing': 'the panel has no account for an active subscription',
  'account-unreadable': 'the panel fails on the account of an active subscription, so nobody can say what it is',
  'access-on-gone-panel': 'access that was paid for, on a panel that an operator has said is gone for good',
  'account-wrong': 'the account on the panel says something else than the subscription',
  'account-without-subscription': 'an account of the shop on a panel without a subscription',
  'account-after-refund': 'access is still there although the money went back',
  'account-on-wrong-server': 'a second account for a subscription that lives elsewhere',
  'doubled-account': 'two accounts for one subscription',
  'key-not-told': 'delivered, but its person was not sent their key',
} as const;
export type DifferenceKind = keyof typeof DIFFERENCES;

export interface Difference {
  readonly kind: DifferenceKind;
  /** Ids by which an operator finds the payment, subscription or account. */
  readonly ids: {
    readonly payment?: string;
    readonly provider?: ProviderId;
    /** The provider's id of the payment. */
    readonly providerRef?: string;
    readonly refund?: string;
    readonly subscription?: string;
    readonly server?: string;
    readonly account?: string;
    readonly promo?: string;
  };
  /** What each side says. */
  readonly detail: string;
}
