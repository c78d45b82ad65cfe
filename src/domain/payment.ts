import type { ServerTrouble } from './catalogue';
import type { PlanGrant } from './grant';
import type { LocalizedText, Language } from './language';
import type { Money } from './money';
import type { OrderPrice, OrderPurpose } from './order';
import type { AppliedPromo } from './promo/terms';
import type { ProviderId } from './provider';

/**
 * The life of a payment as PostgreSQL and the search attribute `PaymentStatus` tell it.
 *
 * created → pending → (guarding) → paid → (delayed) → issued
 *                                       ↘ refunding → refunded
 * created | pending | guarding → canceled | expired
 *
 * - `created`: the buyer tapped "Pay", the provider has not answered yet
 * - `pending`: the link is in the chat and the payment is watched closely
 * - `guarding`: the close watch is over, the provider still says pending: checked slowly until its own last word
 * - `paid`: the money is recorded, the key is being made
 * - `delayed`: paid, but the panel makes no key (see `panelTrouble.ts`); delivery goes on
 * - `refunding`: the money is on its way back
 */
export const PAYMENT_STATUSES = [
  'created',
  'pending',
  'guarding',
  'paid',
  'delayed',
  'refunding',
  'issued',
  'refunded',
  'canceled',
  'expired',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const FINAL_STATUSES = ['issued', 'refunded', 'canceled', 'expired'] as const;
export type FinalPaymentStatus = (typeof FINAL_STATUSES)[number];

/** The money has not come and still may: such a payment is shown again instead of making a second link. */
export const OPEN_STATUSES = ['created', 'pending', 'guarding'] as const;
export type OpenPaymentStatus = (typeof OPEN_STATUSES)[number];

export function isFinal(status: PaymentStatus): status is FinalPaymentStatus {
  return (FINAL_STATUSES as readonly string[]).includes(status);
}

export function isOpen(status: PaymentStatus): status is OpenPaymentStatus {
  return (OPEN_STATUSES as readonly string[]).includes(status);
}

export type MoneyPlace = 'buyer' | 'shop' | 'on-the-way-back';

/** Where the buyer's money is, so that every state can say it. */
export function whereIsTheMoney(status: PaymentStatus): MoneyPlace {
  if (status === 'paid' || status === 'delayed' || status === 'issued') return 'shop';
  return status === 'refunding' ? 'on-the-way-back' : 'buyer';
}

/** A payment as people need to see it: frozen price and plan, names included. */
export interface Payment extends PlanGrant, OrderPrice {
  readonly id: string;
  readonly purpose: OrderPurpose;
  readonly userId: number;
  readonly chatId: number;
  /** The live screen this payment edits; `null` until it was sent. */
  readonly screenMessageId: number | null;
  readonly language: Language;
  readonly status: PaymentStatus;
  readonly planCode: string;
  readonly planName: LocalizedText;
  /** The promo code that it was ordered with; `null`: without one. */
  readonly promoCode: string | null;
  /** Days that the code adds to the plan's. */
  readonly promoDays: number;
  /** The use of the code was given back to the buyer, who may use it once more until then; `null`: it was not. */
  readonly promoUsableUntil: Date | null;
  /** What it is paid in, fixed at the tap: ISO 4217, or XTR for Telegram Stars. Every amount of it is in this currency. */
  readonly currency: string;
  /** Where it is to be used, with the names people know; `null`: a gift, whose place is chosen when it is claimed. */
  readonly locationCode: string | null;
  readonly locationName: LocalizedText | null;
  readonly locationFlag: string | null;
  /** The server that makes the key: the one the buyer chose, or one with room that was chosen at the tap. */
  readonly serverCode: string | null;
  readonly serverName: string | null;
  /** Why the panel of that server made no key when it was last asked; `null`: nothing is known to be wrong. */
  readonly serverTrouble: ServerTrouble | null;
  /** The server on the confirmation; `null`: "choose for me". */
  readonly chosenServerCode: string | null;
  readonly renewsSubscriptionId: string | null;
  readonly subscriptionId: string | null;
  /** Who takes its money. */
  readonly provider: ProviderId;
  /** What the provider calls it; `null` until it has answered. */
  readonly providerRef: string | null;
  /** The provider's name of the account that it was made at; no other account knows it. */
  readonly providerAccount: string | null;
  readonly confirmationUrl: string | null;
  readonly createdAt: Date;
  /** The provider keeps a pending payment payable until about here (one hour after its creation). */
  readonly payableUntil: Date | null;
  readonly paidAt: Date | null;
  readonly endedAt: Date | null;
  /**
   * Of its own money: what has gone back, or is on its way. Less than was paid means that the rest of it was delivered.
   */
  readonly refundedKopecks: number;
  /**
   * Why it ended or is held up: `expired_on_confirmation`, `buyer`, `panel-unavailable`, `wrong-amount`, ... An open
   * set.
   */
  readonly reason: string | null;
  /** The buyer cancelled it, or dismissed it for another order, while the provider could still take the money. */
  readonly dismissedAt: Date | null;
  /** When the provider last answered a question that the buyer or a notification had caused, or said that it is paid. */
  readonly checkedAt: Date | null;
  /** The state of which the owner was last told that a person must look; `null`: they were told of none. */
  readonly ownerToldOf: PaymentStatus | null;
  /** When Telegram took the message with the key, or with the link of a gift; `null`: it is not sent, or owed. */
  readonly keySentAt: Date | null;
}

/** An amount of a payment's. */
export const moneyIn = ({ currency }: Pick<Payment, 'currency'>, minor: number): Money => ({ currency, minor });

/** The promo code that an order froze. */
export function promoOf({
  promoCode,
  promoDays,
  discountKopecks,
}: Pick<Payment, 'promoCode' | 'promoDays' | 'discountKopecks'>): AppliedPromo | null {
  return promoCode === null ? null : { code: promoCode, discountKopecks, days: promoDays };
}

/**
 * Why a payment is past its life and its provider says nothing of it: it does not know it, or it was made at another
 * shop than the one that is asked. Nobody can tell whether it was paid, so a person must look.
 */
const UNKNOWN_REASONS = ['unknown-to-provider', 'another-account'] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

export function isUnknownReason(reason: string | null): reason is UnknownReason {
  return (UNKNOWN_REASONS as readonly (string | null)[]).includes(reason);
}

/** Whether a payment was made at another account of its provider than this one, which can't know it then. */
export function isOfAnotherAccount({ providerAccount }: Pick<Payment, 'providerAccount'>, shopId: string): boolean {
  return providerAccount !== null && providerAccount !== shopId;
}

const NEXT: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  created: ['pending', 'canceled', 'paid', 'refunding'],
  pending: ['guarding', 'paid', 'canceled', 'expired', 'refunding'],
  guarding: ['paid', 'canceled', 'expired', 'refunding'],
  paid: ['delayed', 'issued', 'refunding'],
  delayed: ['issued', 'refunding'],
  refunding: ['refunded'],
  issued: ['refunding'],
  refunded: [],
  // Money that comes after the provider itself had said "canceled" does not exist; these two stay as they are.
  canceled: [],
  expired: [],
};

/** Whether a payment may go from one state to another. Staying where it is is always allowed: steps are repeated. */
export function mayBecome(from: PaymentStatus, to: PaymentStatus): boolean {
  return from === to || NEXT[from].includes(to);
}
