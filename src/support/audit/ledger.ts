/**
 * What the audit compares, as plain values, so that a test can make every difference: the data of payment providers,
 * PostgreSQL and the panels.
 */
import type { BookEntry, FreeKind } from '../../domain/bookEntry';
import type { FreeGrantStatus } from '../../domain/freeGrant';
import type { PlanGrant, SubscriptionLimits } from '../../domain/grant';
import type { PanelUser } from '../../gateways/hiddify';
import type { OrderPrice, OrderPurpose } from '../../domain/order';
import type { PaymentStatus } from '../../domain/payment';
import type { ProviderId } from '../../domain/provider';
import type { ProviderBook } from '../../providers/port';
import type { SubscriptionStatus } from '../../domain/subscription';
import type { VoucherStatus } from '../../domain/voucher/voucher';
import type { OrderTerms } from './orderTerms';
import type { LedgerPromo, LedgerPromoUse } from './promoLedger';
import type { LedgerGift } from './gifts';
import type { LedgerReward } from './rewards';
import type { LedgerVoucher } from './vouchers';

/** A payment in the database, with what it buys. */
export interface LedgerPayment extends PlanGrant, OrderPrice {
  readonly id: string;
  readonly userId: number;
  readonly status: PaymentStatus;
  readonly reason: string | null;
  readonly purpose: OrderPurpose;
  readonly promoCode: string | null;
  readonly promoDays: number;
  /** The part of the price that is refunded or whose refund is in progress. */
  readonly refundedKopecks: number;
  /** What its prices are in. */
  readonly currency: string;
  readonly provider: ProviderId;
  readonly providerRef: string | null;
  /** The account that it was made at. */
  readonly providerAccount: string | null;
  readonly subscriptionId: string | null;
  readonly renewsSubscriptionId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deliveredAt: Date | null;
  /** Where and how it was ordered, and where it was delivered. */
  readonly terms: OrderTerms;
  readonly deliveredLocation: string | null;
  /** What the buyer confirmed last; `null` when the timeline does not say it any more. */
  readonly confirmed: OrderTerms | null;
  /** Telegram has confirmed the key's message, or the buyer cannot be written to. */
  readonly keyTold: boolean;
  /** An operator decided to deliver although the amount was not the order's. */
  readonly acceptedByOperator: boolean;
  /** An operator has refunded it, or a part of it, without its provider. */
  readonly closedByOperator: boolean;
}

export interface LedgerRefund {
  readonly paymentId: string;
  readonly attempt: number;
  readonly amountKopecks: number;
  readonly provider: ProviderId;
  readonly providerRef: string | null;
  readonly status: 'planned' | 'pending' | 'succeeded' | 'canceled';
  readonly createdAt: Date;
  /** A refund after the delivery that its workflow has not brought to its end. */
  readonly isOpen: boolean;
  /** Nothing is left to do about it. For a canceled one this means that another refund has replaced it. */
  readonly isCompleted: boolean;
}

export interface LedgerSubscription extends SubscriptionLimits {
  readonly id: string;
  readonly userId: number;
  readonly serverCode: string;
  readonly planCode: string;
  /** With the panel's address it makes a key, so it is only shown shortened. */
  readonly panelUserId: string;
  readonly status: SubscriptionStatus;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly prolongedAt: Date;
  readonly panelExpiresAt: Date | null;
}

/** An entry of the book of grants. */
export interface LedgerEntry extends BookEntry {
  readonly subscriptionId: string;
}

/** Access that was given for nothing; its entry's source is its id. */
export interface LedgerFreeGrant {
  readonly id: string;
  readonly kind: FreeKind;
  readonly source: string;
  readonly subscriptionId: string;
  readonly status: FreeGrantStatus;
  readonly givenAt: Date;
  readonly deliveredAt: Date | null;
  /** It makes no key, Telegram has taken the key's message, or its person cannot be written to. */
  readonly keyTold: boolean;
}

/** Access that is to be revoked on a panel. */
export interface LedgerRevocation {
  readonly serverCode: string;
  readonly panelUserId: string;
  readonly paymentId: string | null;
  readonly createdAt: Date;
  /** When the panel confirmed it. It stays open for a while, because the panel may still carry out an earlier write. */
  readonly confirmedAt: Date | null;
}

/**
 * A server whose panel is gone for good. `abandoned`: accounts to be revoked there; what became of them is not known.
 */
export interface GonePanel {
  readonly serverCode: string;
  readonly goneAt: Date;
  readonly abandoned: number;
}

export interface DatabaseBook {
  readonly payments: readonly LedgerPayment[];
  readonly refunds: readonly LedgerRefund[];
  readonly subscriptions: readonly LedgerSubscription[];
  /** Of those subscriptions, each one's in their order. */
  readonly entries: readonly LedgerEntry[];
  /** Of those payments. */
  readonly promoUses: readonly LedgerPromoUse[];
  readonly promos: readonly LedgerPromo[];
  /** Ids of uses by which codes gave something for nothing. */
  readonly freeUses: readonly string[];
  /** What was given to those subscriptions for nothing. */
  readonly freeGrants: readonly LedgerFreeGrant[];
  /** Those that were claimed in the audited span. */
  readonly vouchers: readonly LedgerVoucher[];
  /** Orders for gifts, with what became of them. */
  readonly gifts: readonly LedgerGift[];
  readonly voucherCounts: VoucherCounts;
  /** Those that were earned or have changed in the audited span, and all that wait. */
  readonly rewards: readonly LedgerReward[];
  readonly openRevocations: readonly LedgerRevocation[];
  readonly gonePanels: readonly GonePanel[];
  /** What this installation's payments carry at their providers. */
  readonly installationId: string;
}

/** How many there are, of all times. */
export type VoucherCounts = Readonly<Record<VoucherStatus, number>>;

/** The books of a provider that is set up. */
export interface LedgerProvider extends ProviderBook {
  readonly provider: ProviderId;
  /** Whose books these are; the provider's other accounts have other payments. */
  readonly account: string;
  /** What it takes. */
  readonly currency: string;
}

/** One panel; several servers of the catalogue may be the same panel. */
export interface PanelBook {
  readonly serverCodes: readonly string[];
  readonly accounts: readonly PanelUser[];
  /** Uuids of accounts that exist on the panel but can't be read there. */
  readonly unreadable: ReadonlySet<string>;
}

export interface Books {
  readonly database: DatabaseBook;
  readonly providers: readonly LedgerProvider[];
  readonly panels: readonly PanelBook[];
  /** Payments whose workflow is running; `undefined` when Temporal was not asked. */
  readonly runningWorkflows: ReadonlySet<string> | undefined;
}

export interface AuditRules {
  readonly now: Date;
  /** Payments created before this were not read from their providers. */
  readonly since: Date;
  /** Milliseconds a step may take before its absence is a difference. */
  readonly graceMs: number;
  /** `REFUND_AFTER`: how long a delivery may be tried. */
  readonly refundAfterMs: number;
  /** `SUBSCRIPTION_GRACE`: how long an account works after its end. */
  readonly subscriptionGraceMs: number;
}

/** Enough of an account's uuid to find it, too little to use it. */
export const shortAccount = (uuid: string): string => `${uuid.slice(0, 8)}…`;

export function groupBy<T, K>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const at = key(item);
    const group = groups.get(at);
    if (group) group.push(item);
    else groups.set(at, [item]);
  }
  return groups;
}
